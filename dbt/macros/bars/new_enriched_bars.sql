{#
    The assets whose enriched bars changed since this model's last run, and the first close that may have changed; some more do no
    harm. `_known_at` of a bar is never older than the newest bar that it was computed from, so a late bar shows in all that
    follow it.
#}
{% macro new_enriched_bars() -%}
    {{ return(adapter.dispatch('new_enriched_bars', 'ffe')()) }}
{%- endmacro %}

{% macro default__new_enriched_bars() -%}
    select asset_pair, min(closed_at) as changed_from
    from (
        select asset_pair, closed_at
        from {{ ref('market_data_enriched') }}
        where _known_at >= (
            select max(_known_at) - interval '{{ var("late_commit_hours") }}' hour from {{ this }}
        )
        union all
        select bars.asset_pair, bars.closed_at
        from {{ ref('market_data_enriched') }} as bars
        left join {{ this }} as stored on stored.asset_pair = bars.asset_pair and stored.as_of = bars.closed_at
        where bars.timeframe = '{{ var("pulse_timeframe") }}' and stored.asset_pair is null
    ) as closes
    group by asset_pair
{%- endmacro %}

{% macro ffe__new_enriched_bars() -%}
    select asset_pair, min(closed_at) as changed_from
    from {{ adapter.ffe_new_rows(ref('market_data_enriched')) }}
    group by asset_pair
{%- endmacro %}
