{# Each counted trade twice: for its own pair, and for ALL. #}

select asset_pair as scope, t.* from {{ ref('int_counted_trades') }} as t
union all
select 'ALL' as scope, t.* from {{ ref('int_counted_trades') }} as t
