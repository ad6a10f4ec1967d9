{# What DuckDB and Spark say differently about time. Sessions are in UTC. #}

{# An instant of a table as a time without a zone, in UTC. #}
{% macro zoneless(instant) -%}
    {{ return(adapter.dispatch('zoneless', 'ffe')(instant)) }}
{%- endmacro %}

{% macro default__zoneless(instant) -%}
    cast({{ instant }} as timestamp)
{%- endmacro %}

{# The same: the cast asks the engine's library of time zones for each row, which takes twenty times as long. #}
{% macro ffe__zoneless(instant) -%}
    make_timestamp(epoch_us({{ instant }}))
{%- endmacro %}

{# A whole number of minutes from one instant to a later one. #}
{% macro minutes_between(earlier, later) -%}
    {{ return(adapter.dispatch('minutes_between', 'ffe')(earlier, later)) }}
{%- endmacro %}

{% macro default__minutes_between(earlier, later) -%}
    date_diff('minute', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__minutes_between(earlier, later) -%}
    timestampdiff(MINUTE, {{ earlier }}, {{ later }})
{%- endmacro %}

{# One row for each day from a date on, as `day`. #}
{% macro days_from(date, count) -%}
    {{ return(adapter.dispatch('days_from', 'ffe')(date, count)) }}
{%- endmacro %}

{% macro default__days_from(date, count) -%}
    select cast(date '{{ date }}' + cast(i as integer) as date) as day from range({{ count }}) as days(i)
{%- endmacro %}

{% macro spark__days_from(date, count) -%}
    select date_add(date '{{ date }}', cast(id as int)) as day from range({{ count }})
{%- endmacro %}

{# From 1 for Monday to 7 for Sunday. #}
{% macro iso_weekday(day) -%}
    {{ return(adapter.dispatch('iso_weekday', 'ffe')(day)) }}
{%- endmacro %}

{% macro default__iso_weekday(day) -%}
    isodow({{ day }})
{%- endmacro %}

{% macro spark__iso_weekday(day) -%}
    weekday({{ day }}) + 1
{%- endmacro %}
