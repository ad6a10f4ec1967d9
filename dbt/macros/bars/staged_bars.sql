{#
    All bars of Bronze, as one relation.

    `readings` tells which of them are of interest, by timeframe; without it all are. See `ffe.incremental_readings`.
#}
{% macro staged_bars(readings=none) -%}
{%- set timeframes = var('timeframes') if readings is none else readings.keys() | list -%}
{% for timeframe in timeframes -%}
select
    asset_pair,
    '{{ timeframe }}' as timeframe,
    {{ ffe.zoneless('timestamp') }} as timestamp,
    open, high, low, close, volume, source_provider, is_mock,
    {{ ffe.zoneless('_extracted_at') }} as _extracted_at
from {{ source('bronze', 'raw_market_data_' ~ timeframe) }}
{% if readings is not none %}where timestamp >= timestamptz '{{ readings[timeframe].changed_from }}'
{% endif %}
{%- if not loop.last %}union all
{% endif %}
{%- endfor %}
{%- endmacro %}
