{#
    What one bar's indicators say, from columns of that bar alone. `trend_*` and `signal_strength` are the trading engine's
    formulas, so that its decisions can be compared; it rounds, and this does not.
#}

{# Uptrend, downtrend, or ranging: SMA 20 against SMA 50, unless the price is far on the other side of SMA 20. #}
{% macro trend_direction() -%}
    {%- set above = "cast(close as double) > sma_20 * (1e0 + " ~ var('engine_ranging_percent') ~ " / 100e0)" -%}
    {%- set below = "cast(close as double) < sma_20 * (1e0 - " ~ var('engine_ranging_percent') ~ " / 100e0)" -%}
    case
        when sma_50 is null then null
        when sma_20 > sma_50 and not ({{ below }}) then 'uptrend'
        when sma_20 < sma_50 and not ({{ above }}) then 'downtrend'
        else 'ranging'
    end
{%- endmacro %}

{# From 0 to 100: how far the two means are apart, and whether ADX and MACD agree. #}
{% macro trend_strength() -%}
    {%- set separation = "least(100e0, 50e0 + 200e0 * (abs(sma_20 - sma_50) / nullif(sma_50, 0e0) * 100e0))" -%}
    {%- set with_adx -%}
        case
            when sma_20 = sma_50 then 50e0
            when adx_14 > {{ var('engine_trend_adx') }} then
                case
                    when (sma_20 > sma_50 and plus_di_14 > minus_di_14) or (sma_20 < sma_50 and minus_di_14 > plus_di_14)
                        then least(100e0, {{ separation }} + 10e0)
                    else {{ separation }}
                end
            else greatest(30e0, {{ separation }} - 15e0)
        end
    {%- endset -%}
    case
        when sma_50 is null then null
        when (sma_20 > sma_50 and macd > macd_signal) or (sma_20 < sma_50 and macd < macd_signal)
            then least(100e0, {{ with_adx }} + 5e0)
        else {{ with_adx }}
    end
{%- endmacro %}

{# From 0 to 100: the mean of what RSI, MACD, ADX and the Bollinger bands have to say, whichever way. #}
{% macro signal_strength() -%}
    case when sma_50 is not null then (
        case when rsi_14 < 30 or rsi_14 > 70 then 80e0 when rsi_14 < 40 or rsi_14 > 60 then 60e0 else 40e0 end
        + case when abs(macd_histogram) > 1 then 80e0 when abs(macd_histogram) > 0.5e0 then 65e0 else 50e0 end
        + case when adx_14 > {{ var('engine_trend_adx') }} then least(100e0, 50e0 + adx_14) else 30e0 end
        + case
            when bb_percent_b < 0.1e0 or bb_percent_b > 0.9e0 then 85e0
            when bb_percent_b < 0.3e0 or bb_percent_b > 0.7e0 then 65e0
            else 45e0
        end
    ) / 4e0 end
{%- endmacro %}

{# Ours: a trend by ADX, or else volatile by the series' own usual volatility, or else a range. #}
{% macro regime() -%}
    case
        when volatility_ratio is null or adx_14 is null then null
        when adx_14 >= {{ var('regime_trend_adx') }} then 'trend'
        when volatility_ratio >= {{ var('regime_volatile_ratio') }}e0 then 'volatile'
        else 'range'
    end
{%- endmacro %}

{# Which way a trend goes; null outside of a trend. #}
{% macro regime_direction() -%}
    case when {{ ffe.regime() }} = 'trend' then
        case when plus_di_14 > minus_di_14 then 'up' when plus_di_14 < minus_di_14 then 'down' end
    end
{%- endmacro %}

{# The trading engine's: a fixed share of the price tells volatile from quiet. #}
{% macro engine_regime() -%}
    case
        when adx_14 is null then null
        when adx_14 > {{ var('engine_trend_adx') }} then case when sma_5 > sma_20 then 'TRENDING_BULL' else 'TRENDING_BEAR' end
        when natr_14 > {{ var('engine_volatile_natr') }} then 'HIGH_VOLATILITY_CHOP'
        else 'LOW_VOLATILITY_RANGING'
    end
{%- endmacro %}
