{#
    The rows of a mart whose parts do not add up to their total: columns must be the same summed over the rows that hold for
    `total`, and over those that hold for `parts`.
#}
{% macro parts_differ_from_total(mart, keys, columns, total, parts) -%}
    select
        {{ keys | join(', ') }}
        {%- for column in columns %},
        sum(case when {{ total }} then {{ column }} else 0 end) as total_{{ column }},
        sum(case when {{ parts }} then {{ column }} else 0 end) as parts_{{ column }}
        {%- endfor %}
    from {{ mart }}
    group by {{ keys | join(', ') }}
    having
        {% for column in columns -%}
        {% if not loop.first %}or {% endif -%}
        sum(case when {{ total }} then {{ column }} else 0 end)
        <> sum(case when {{ parts }} then {{ column }} else 0 end)
        {% endfor %}
{%- endmacro %}
