{#
    What a currency was worth in dollars at events: the close of the last bar that had closed by then, at most
    `max_bar_age_days` before. The dollar itself is worth 1 always.

    events: a relation with event_id, currency and moment. Rows: event_id, usd_rate (null: unknown).
#}
{% macro usd_rates(events) -%}
    select
        e.event_id,
        case when e.currency = 'USD' then 1e0 else r.usd_rate end as usd_rate
    from {{ events }} as e
    left join (
        {{ ffe.last_at_or_before(
            '(select event_id, currency, moment from ' ~ events ~ " as e where currency <> 'USD' and moment is not null) as rate_events",
            '(select currency, moment from ' ~ ref('int_usd_rates') ~ ') as rate_bars',
            ['currency']
        ) }}
    ) as last_rate
        on
            last_rate.event_id = e.event_id
            and last_rate.last_moment >= e.moment - interval '{{ var("max_bar_age_days") }}' day
    left join {{ ref('int_usd_rates') }} as r on r.currency = last_rate.currency and r.moment = last_rate.last_moment
{%- endmacro %}
