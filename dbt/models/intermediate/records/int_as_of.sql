{#
    The instant at which the marts stand, in one row: the var `as_of`, else that of the newest record. No clock is asked, so the
    same tables give the same marts.
#}

{% if var('as_of') %}
select cast('{{ var("as_of") }}' as timestamp) as as_of, cast(cast('{{ var("as_of") }}' as timestamp) as date) as as_of_day
{% else %}
select max(moment) as as_of, cast(max(moment) as date) as as_of_day
from (
    select timestamp as moment, _extracted_at from {{ ref('decision_history') }} where kind = 'decision'
    union all
    select entry_time as moment, _extracted_at from {{ ref('trade_lifecycle') }} where not is_suspect
    union all
    select exit_time as moment, _extracted_at from {{ ref('trade_lifecycle') }} where not is_suspect
    union all
    select timestamp as moment, _extracted_at from {{ ref('stg_portfolio_snapshots') }}
) as moments
-- A day for clocks that differ: what is later than its reading is no time of a record.
where moment <= _extracted_at + interval '1' day
{% endif %}
