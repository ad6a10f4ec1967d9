{# Counts, money, streaks, times and forecasts of the trades of each period, for each pair and ALL. A trade is in the period of its exit. #}

with closed as (
    select
        p.period,
        t.*,
        case t.outcome when 'win' then 1 when 'loss' then 0 end as won,
        try_cast(t.decision_confidence as decimal(9, 4)) as confidence
    from {{ ref('int_periods') }} as p
    inner join {{ ref('int_scoped_trades') }} as t on t.exit_day >= coalesce(p.first_day, t.exit_day)
    where t.is_closed
),

measured as (
    select
        period,
        scope,
        is_mock,
        count(*) as trades,
        count(case when outcome = 'win' then 1 end) as wins,
        count(case when outcome = 'loss' then 1 end) as losses,
        count(case when outcome = 'draw' then 1 end) as draws,
        count(case when net_pnl_usd is null then 1 end) as trades_without_usd,
        sum(net_pnl_usd) as net_pnl_usd,
        sum(case when net_pnl_usd > 0 then net_pnl_usd end) as gross_profit,
        sum(case when net_pnl_usd < 0 then net_pnl_usd end) as gross_loss,
        count(net_pnl_usd) as valued_trades,
        count(case when net_pnl_usd > 0 then 1 end) as valued_wins,
        count(case when net_pnl_usd < 0 then 1 end) as valued_losses,
        sum(costs_usd) as costs_usd,
        max(net_pnl_usd) as best_trade,
        min(net_pnl_usd) as worst_trade,
        max(return_pct) as best_return_pct,
        min(return_pct) as worst_return_pct,
        {{ ffe.ratio('sum(' ~ ffe.summand('holding_seconds') ~ ')', 'count(holding_seconds)') }} as avg_holding_seconds,
        median(holding_seconds) as median_holding_seconds
    from closed
    group by period, scope, is_mock
),

-- Draws neither end a streak nor lengthen one.
islands as (
    select
        period,
        scope,
        is_mock,
        won,
        (row_number() over (
            partition by period, scope, is_mock order by exit_time nulls last, trade_id nulls last
        )) - (row_number() over (
            partition by period, scope, is_mock, won order by exit_time nulls last, trade_id nulls last
        )) as island
    from closed
    where won is not null
),

streaks as (
    select
        period,
        scope,
        is_mock,
        max(case when won = 1 then length end) as longest_win_streak,
        max(case when won = 0 then length end) as longest_loss_streak
    from (
        select period, scope, is_mock, won, count(*) as length
        from islands
        group by period, scope, is_mock, won, island
    ) as runs
    group by period, scope, is_mock
),

forecasts as (
    select
        period,
        scope,
        is_mock,
        won,
        {{ ffe.probability('confidence') }} as probability
    from closed
    where won is not null and direction in (1, -1) and confidence between 0 and 100
),

scores as (
    {{ ffe.forecast_scores('forecasts', ['period', 'scope', 'is_mock']) }}
)

select
    m.*,
    s.longest_win_streak,
    s.longest_loss_streak,
    f.forecasts,
    f.brier,
    f.skill,
    f.ece
from measured as m
left join streaks as s on s.period = m.period and s.scope = m.scope and s.is_mock = m.is_mock
left join scores as f on f.period = m.period and f.scope = m.scope and f.is_mock = m.is_mock
