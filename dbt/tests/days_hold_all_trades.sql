{# Whatever was opened, closed and realised by int_as_of is in some day of the portfolio. #}

with days as (
    select is_mock, sum(opened) as opened, sum(closed) as closed, sum(realised_pnl) as realised_pnl
    from {{ ref('mart_daily_portfolio_summary') }}
    where platform = 'ALL'
    group by is_mock
),

trades as (
    select
        is_mock,
        count(entry_day) as opened,
        count(exit_day) as closed,
        coalesce(sum(net_pnl_usd), 0) as realised_pnl
    from {{ ref('int_counted_trades') }}
    group by is_mock
)

select t.is_mock, t.opened, d.opened as opened_in_days, t.closed, d.closed as closed_in_days, t.realised_pnl
from trades as t
left join days as d on d.is_mock = t.is_mock
where d.is_mock is null or d.opened <> t.opened or d.closed <> t.closed or d.realised_pnl <> t.realised_pnl
