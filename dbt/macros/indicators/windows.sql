{# A window of the newest bars of a series. #}
{% macro newest(bars) -%}
    (partition by asset_pair, timeframe order by bar_seq asc nulls last rows between {{ bars - 1 }} preceding and current row)
{%- endmacro %}

{# A value some bars before. #}
{% macro before(column, bars) -%}
    (lag({{ column }}, {{ bars }}) over (partition by asset_pair, timeframe order by bar_seq asc nulls last))
{%- endmacro %}

{#
    The sum of doubles over the newest bars, in the order of time whatever the engine: a window's sum of doubles would add in
    another order when it begins elsewhere. Null where one is missing.
#}
{% macro sum_of_newest(column, bars) -%}
    ({% for back in range(bars - 1, 0, -1) %}{{ ffe.before(column, back) }} + {% endfor %}{{ column }})
{%- endmacro %}

{# Null before a bar of the series; `bars` has its number. #}
{% macro from_bar(bar, value) -%}
    case when bars.bar_seq >= {{ bar }} then {{ value }} end
{%- endmacro %}

{# An exact sum of the newest bars, as a double. #}
{% macro exact_sum(column, bars) -%}
    cast(sum({{ column }}) over {{ ffe.newest(bars) }} as double)
{%- endmacro %}

{# A ratio of movements; 0 where there is as good as no movement to divide by, as in TA-Lib. #}
{% macro share(part, whole) -%}
    case when abs({{ whole }}) < 1e-14 then 0e0 else {{ part }} / nullif({{ whole }}, 0e0) end
{%- endmacro %}

{# How many bars before a bar its indicators remember; none remembers more than that, to the last bit. #}
{% macro indicator_memory() -%}
{%- set wilder = 7 * 6 * 27 -%}
{%- set macd = var('macd') -%}
{{ return([
    4 * 6 * 200,
    2 * wilder,
    wilder + var('volatility_baseline') + 1,
    4 * 6 * macd.slow + 4 * 6 * macd.signal,
    var('bollinger').period,
    var('stochastic').period + var('stochastic').k + var('stochastic').d,
    1440
] | max) }}
{%- endmacro %}
