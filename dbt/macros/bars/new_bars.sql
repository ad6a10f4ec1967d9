{#
    The keys of the bars that came into Bronze since this model's last run; some more do no harm. The embedded engine knows the
    versions that the last run read. Other engines look at when rows were extracted, and at keys that are not there yet.
#}
{% macro new_bars() -%}
    {{ return(adapter.dispatch('new_bars', 'ffe')()) }}
{%- endmacro %}

{% macro default__new_bars() -%}
    select asset_pair, timeframe, timestamp
    from {{ ref('stg_bars') }}
    where _extracted_at >= (
        select max(_extracted_at) - interval '{{ var("late_commit_hours") }}' hour from {{ this }}
    )
    union
    select bars.asset_pair, bars.timeframe, bars.timestamp
    from {{ ref('stg_bars') }} as bars
    left join {{ this }} as stored
        on stored.asset_pair = bars.asset_pair
        and stored.timeframe = bars.timeframe
        and stored.timestamp = bars.timestamp
    where stored.asset_pair is null
{%- endmacro %}

{% macro ffe__new_bars() -%}
    {% for timeframe in var('timeframes') -%}
    select distinct asset_pair, '{{ timeframe }}' as timeframe, {{ ffe.zoneless('timestamp') }} as timestamp
    from {{ adapter.ffe_new_rows(source('bronze', 'raw_market_data_' ~ timeframe)) }}
    {% if not loop.last %}union all
    {% endif %}
    {%- endfor %}
{%- endmacro %}
