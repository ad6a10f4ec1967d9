{% for timeframe in var('timeframes') -%}
select
    asset_pair,
    '{{ timeframe }}' as timeframe,
    cast(timestamp as timestamp) as timestamp,
    open, high, low, close, volume, source_provider, is_mock,
    cast(_extracted_at as timestamp) as _extracted_at
from {{ source('bronze', 'raw_market_data_' ~ timeframe) }}
{% if not loop.last %}union all
{% endif %}
{%- endfor %}
