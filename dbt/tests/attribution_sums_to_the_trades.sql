{# In each period the credits of all providers are the profit or loss of the trades that name their decision. #}

with credits as (
    select period, is_mock, sum(credited_pnl) as credited
    from {{ ref('mart_provider_attribution') }}
    where asset_pair = 'ALL'
    group by period, is_mock
),

trades as (
    select p.period, t.is_mock, sum(t.net_pnl_usd) as net_pnl_usd
    from {{ ref('int_counted_trades') }} as t
    inner join {{ ref('int_periods') }} as p on t.exit_day >= coalesce(p.first_day, t.exit_day)
    where t.is_closed and t.match_method = 'decision_id' and t.direction in (1, -1)
    group by p.period, t.is_mock
)

select t.period, t.is_mock, t.net_pnl_usd, c.credited
from trades as t
left join credits as c on c.period = t.period and c.is_mock = t.is_mock
where coalesce(c.credited, 0) <> coalesce(t.net_pnl_usd, 0)
