{% macro timeframe_minutes(timeframe) -%}
    case {{ timeframe }} when '1m' then 1 when '5m' then 5 when '15m' then 15 when '1h' then 60 when '4h' then 240 else 1440 end
{%- endmacro %}

{# When a bar is over: from then on it may be known. #}
{% macro closed_at(timestamp, timeframe) -%}
    case {{ timeframe }}
        when '1m' then {{ timestamp }} + interval '1' minute
        when '5m' then {{ timestamp }} + interval '5' minute
        when '15m' then {{ timestamp }} + interval '15' minute
        when '1h' then {{ timestamp }} + interval '1' hour
        when '4h' then {{ timestamp }} + interval '4' hour
        else {{ timestamp }} + interval '1' day
    end
{%- endmacro %}

{# The first day of a bar's partition, as in Bronze: a partition of a day would hold a single row of 1d. #}
{% macro partition_date(timestamp, timeframe) -%}
    case
        when {{ timeframe }} = '1m' then cast({{ timestamp }} as date)
        when {{ timeframe }} in ('4h', '1d') then cast(date_trunc('year', {{ timestamp }}) as date)
        else cast(date_trunc('month', {{ timestamp }}) as date)
    end
{%- endmacro %}
