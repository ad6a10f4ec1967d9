{# A query with the given columns of a relation and `element`: one row for each element of the list in a column. #}
{% macro each_element(relation, columns, list) -%}
    {{ return(adapter.dispatch('each_element', 'ffe')(relation, columns, list)) }}
{%- endmacro %}

{% macro default__each_element(relation, columns, list) -%}
    select {{ columns | join(', ') }}, unnest({{ list }}) as element
    from {{ relation }}
{%- endmacro %}

{% macro spark__each_element(relation, columns, list) -%}
    select {{ columns | join(', ') }}, explode({{ list }}) as element
    from {{ relation }}
{%- endmacro %}
