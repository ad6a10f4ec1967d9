{# No two rows have the same values in these columns. #}
{% test is_key(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{# Each value lies within these bounds, both included; rounding may leave it by as good as nothing. A null has none. #}
{% test lies_between(model, column_name, low=none, high=none) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} < {{ low if low is not none else column_name }} - 1e-9
    or {{ column_name }} > {{ high if high is not none else column_name }} + 1e-9
{% endtest %}
