-- No timeframe's bar closed after the pulse.
select asset_pair, as_of
from {{ ref('multi_timeframe_analysis') }}
where {% for timeframe in ffe.pulse_timeframes() -%}
    {{ ffe.closed_at('bar_timestamp_' ~ timeframe, "'" ~ timeframe ~ "'") }} > as_of{{ ' or ' if not loop.last }}
{% endfor %}
