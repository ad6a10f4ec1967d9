{#
    The pulse's arithmetic over the columns of all timeframes, `direction_1h` and so on: the trading engine's, without its rounding.
    A timeframe without a direction yet is left out.
#}
{% macro pulse_timeframes() -%}
    {{ return(['1m', '5m', '15m', '1h', '4h', '1d']) }}
{%- endmacro %}

{# How much of the weight of the known timeframes goes one way, in percent. #}
{% macro pulse_percent(direction) -%}
    ({% for timeframe in ffe.pulse_timeframes() -%}
    case when direction_{{ timeframe }} = '{{ direction }}' then {{ var('pulse_weights')[timeframe] }}e0 * strength_{{ timeframe }} else 0e0 end{{ ' + ' if not loop.last }}
    {%- endfor %}) / nullif({% for timeframe in ffe.pulse_timeframes() -%}
    case when direction_{{ timeframe }} is not null then {{ var('pulse_weights')[timeframe] }}e0 else 0e0 end{{ ' + ' if not loop.last }}
    {%- endfor %}, 0e0)
{%- endmacro %}

{% macro pulse_timeframes_known() -%}
    {% for timeframe in ffe.pulse_timeframes() -%}
    case when direction_{{ timeframe }} is not null then 1 else 0 end{{ ' + ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The timeframes that go no way, `5m,1h`. #}
{% macro pulse_conflicts() -%}
    concat_ws(','{% for timeframe in ffe.pulse_timeframes() -%}
    , case when direction_{{ timeframe }} = 'ranging' then '{{ timeframe }}' end
    {%- endfor %})
{%- endmacro %}

{# How many of RSI and price say that it fell too far: of 15m and 5m, as they time an entry. #}
{% macro pulse_buy_signals() -%}
    case when rsi_15m < {{ var('pulse_oversold_rsi') }} then 1 else 0 end
    + case when rsi_5m < {{ var('pulse_oversold_rsi') }} then 1 else 0 end
    + case when close_15m < sma_20_15m * (1e0 - {{ var('engine_ranging_percent') }} / 100e0) then 1 else 0 end
{%- endmacro %}

{% macro pulse_sell_signals() -%}
    case when rsi_15m > {{ var('pulse_overbought_rsi') }} then 1 else 0 end
    + case when rsi_5m > {{ var('pulse_overbought_rsi') }} then 1 else 0 end
    + case when close_15m > sma_20_15m * (1e0 + {{ var('engine_ranging_percent') }} / 100e0) then 1 else 0 end
{%- endmacro %}
