{#
    How trading went, by period, pair and is_mock. The last is apart because money that was never at stake says nothing of money
    that was.
#}

with open_trades as (
    select scope, is_mock, count(case when not is_closed then 1 end) as open_trades, min(entry_time) as first_entry
    from {{ ref('int_scoped_trades') }}
    group by scope, is_mock
),

scopes as (
    select scope, is_mock from open_trades
    union
    select scope, is_mock from {{ ref('int_return_measures') }}
),

-- Time in the market: the union of the times for which trades were held, within the period.
held as (
    select
        p.period,
        t.scope,
        t.is_mock,
        greatest(t.entry_time, coalesce(cast(p.first_day as timestamp), t.entry_time)) as held_from,
        coalesce(t.exit_time, p.as_of) as held_until
    from {{ ref('int_periods') }} as p
    inner join {{ ref('int_scoped_trades') }} as t
        on coalesce(t.exit_time, p.as_of) >= coalesce(cast(p.first_day as timestamp), t.entry_time)
    where t.entry_time is not null
),

overlapping as (
    select
        *,
        max(held_until) over (
            partition by period, scope, is_mock
            order by held_from nulls last, held_until nulls last
            rows between unbounded preceding and 1 preceding
        ) as held_before
    from held
),

exposures as (
    select
        period,
        scope,
        is_mock,
        sum(
            case
                when held_until > greatest(held_from, coalesce(held_before, held_from))
                    then
                        {{ ffe.micros_between('greatest(held_from, coalesce(held_before, held_from))', 'held_until') }}
                else 0
            end
        ) as held_micros
    from overlapping
    group by period, scope, is_mock
),

grid as (
    select
        p.period,
        p.first_day,
        p.last_day,
        p.as_of,
        s.scope,
        s.is_mock,
        coalesce(o.open_trades, 0) as open_trades,
        {{ ffe.micros_between('coalesce(cast(p.first_day as timestamp), o.first_entry)', 'p.as_of') }} as period_micros
    from {{ ref('int_periods') }} as p
    cross join scopes as s
    left join open_trades as o on o.scope = s.scope and o.is_mock = s.is_mock
)

select
    g.period,
    g.scope as asset_pair,
    g.is_mock,
    g.first_day,
    g.last_day,
    g.as_of,
    cast(coalesce(t.trades, 0) as integer) as trades,
    cast(coalesce(t.wins, 0) as integer) as wins,
    cast(coalesce(t.losses, 0) as integer) as losses,
    cast(coalesce(t.draws, 0) as integer) as draws,
    cast(g.open_trades as integer) as open_trades,
    cast(coalesce(t.trades_without_usd, 0) as integer) as trades_without_usd,
    {{ ffe.ratio('t.wins', 't.wins + t.losses') }} as win_rate,
    cast(coalesce(t.net_pnl_usd, 0) as decimal(38, 12)) as net_pnl_usd,
    cast(coalesce(t.gross_profit, 0) as decimal(38, 12)) as gross_profit,
    cast(coalesce(t.gross_loss, 0) as decimal(38, 12)) as gross_loss,
    cast(coalesce(t.costs_usd, 0) as decimal(38, 12)) as costs_usd,
    {{ ffe.ratio('coalesce(t.gross_profit, 0)', 'abs(t.gross_loss)') }} as profit_factor,
    {{ ffe.payoff('t') }} as payoff,
    {{ ffe.ratio('t.net_pnl_usd', 't.valued_trades') }} as expectancy,
    (1e0 + {{ ffe.payoff('t') }}) * {{ ffe.ratio('t.valued_wins', 't.valued_trades') }} - 1e0 as expectancy_ratio,
    t.best_trade,
    t.worst_trade,
    t.best_return_pct,
    t.worst_return_pct,
    cast(coalesce(t.longest_win_streak, 0) as integer) as longest_win_streak,
    cast(coalesce(t.longest_loss_streak, 0) as integer) as longest_loss_streak,
    t.avg_holding_seconds,
    t.median_holding_seconds,
    {{ ffe.ratio('coalesce(e.held_micros, 0)', 'g.period_micros') }} as exposure,
    r.return_basis,
    r.return_days,
    r.starting_equity,
    r.final_equity,
    r.total_return,
    r.sharpe,
    r.sortino,
    r.max_drawdown,
    r.max_drawdown_amount,
    cast(r.max_drawdown_days as integer) as max_drawdown_days,
    r.is_recovered,
    r.cagr,
    r.calmar,
    cast(coalesce(t.forecasts, 0) as integer) as forecasts,
    t.brier,
    t.skill,
    t.ece
from grid as g
left join {{ ref('int_trade_measures') }} as t on t.period = g.period and t.scope = g.scope and t.is_mock = g.is_mock
left join exposures as e on e.period = g.period and e.scope = g.scope and e.is_mock = g.is_mock
left join {{ ref('int_return_measures') }} as r on r.period = g.period and r.scope = g.scope and r.is_mock = g.is_mock
