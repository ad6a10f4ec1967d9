{# The periods that marts tell of, in whole days of UTC; `all` has no first day. The last day is that of int_as_of. #}

{% for period, days in [('7d', 7), ('30d', 30), ('90d', 90)] %}
select
    '{{ period }}' as period,
    cast(as_of_day - interval '{{ days - 1 }}' day as date) as first_day,
    as_of_day as last_day,
    as_of
from {{ ref('int_as_of') }}
union all
{% endfor %}
select 'all' as period, cast(null as date) as first_day, as_of_day as last_day, as_of
from {{ ref('int_as_of') }}
