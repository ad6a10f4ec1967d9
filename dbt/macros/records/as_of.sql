{#
    What was the last known row at an event's moment. No engine-neutral SQL has an as-of join, so series and events go into one
    timeline, and a running maximum carries the series' last moment to each event.

    events: a relation with event_id, moment and the columns of `by`.
    series: a relation with moment and the columns of `by`.
    Rows: event_id, the columns of `by`, moment of the event, last_moment of the series at or before it (null: none).
#}
{% macro last_at_or_before(events, series, by, moment_type='timestamp') -%}
    select event_id, {{ by | join(', ') }}, moment, last_moment
    from (
        select
            event_id,
            {{ by | join(', ') }},
            moment,
            kind,
            max(series_moment) over (
                partition by {{ by | join(', ') }}
                order by moment nulls last, kind nulls last
                rows between unbounded preceding and current row
            ) as last_moment
        from (
            select cast(null as string) as event_id, {{ by | join(', ') }}, moment, moment as series_moment, 0 as kind
            from {{ series }}
            union all
            select event_id, {{ by | join(', ') }}, moment, cast(null as {{ moment_type }}) as series_moment, 1 as kind
            from {{ events }}
        ) as timeline
    ) as marked
    where kind = 1
{%- endmacro %}
