{#
    Durations between two instants, and days. Engines name these functions differently, so each macro is dispatched.
#}

{% macro micros_between(earlier, later) -%}
    {{ return(adapter.dispatch('micros_between', 'ffe')(earlier, later)) }}
{%- endmacro %}

{% macro default__micros_between(earlier, later) -%}
    date_diff('microsecond', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__micros_between(earlier, later) -%}
    timestampdiff(microsecond, {{ earlier }}, {{ later }})
{%- endmacro %}

{# As a double, with the fraction of the second. #}
{% macro seconds_between(earlier, later) -%}
    cast({{ ffe.micros_between(earlier, later) }} as double) / 1e6
{%- endmacro %}

{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between', 'ffe')(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{#
    Whether a day has a return of its own: all days, or Monday to Friday where a year has fewer than 365 returns. What a weekend
    earns is in Monday's. 1970-01-05 was a Monday.
#}
{% macro is_return_day(day) -%}
    {% if var('annualization_days') | int < 365 -%}
    mod(mod({{ ffe.days_between("cast('1970-01-05' as date)", day) }}, 7) + 7, 7) < 5
    {%- else -%}
    true
    {%- endif %}
{%- endmacro %}

{# A query with one row for each day (column `day`) from first_day to last_day of the relation's rows, both included. #}
{% macro each_day(relation, first_day, last_day) -%}
    {{ return(adapter.dispatch('each_day', 'ffe')(relation, first_day, last_day)) }}
{%- endmacro %}

{% macro default__each_day(relation, first_day, last_day) -%}
    select cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval '1' day)) as date) as day
    from {{ relation }}
{%- endmacro %}

{% macro spark__each_day(relation, first_day, last_day) -%}
    select explode(sequence({{ first_day }}, {{ last_day }}, interval '1' day)) as day
    from {{ relation }}
    where {{ first_day }} <= {{ last_day }}
{%- endmacro %}
