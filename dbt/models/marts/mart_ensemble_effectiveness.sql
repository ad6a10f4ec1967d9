{#
    How well each way of deciding does, by decision_path, fallback_tier (both with ALL), period and is_mock. Decisions count in
    their own period, trades in that of their exit.
#}

with decisions as (
    select
        d.*,
        coalesce(v.votes, 0) as votes,
        coalesce(f.failures, 0) as failures
    from {{ ref('int_counted_decisions') }} as d
    left join (
        select decision_id, count(*) as votes from {{ ref('int_decision_votes') }} group by decision_id
    ) as v on v.decision_id = d.decision_id
    left join (
        select decision_id, count(element) as failures
        from (
            {{ ffe.each_element(ref('int_counted_decisions'), ['decision_id'], 'providers_failed') }}
        ) as elements
        group by decision_id
    ) as f on f.decision_id = d.decision_id
),

scoped_decisions as (
    {{ ffe.path_scopes('decisions') }}
),

decision_counts as (
    select
        d.path_scope,
        d.tier_scope,
        p.period,
        d.is_mock,
        count(*) as decisions,
        count(case when d.executed then 1 end) as executed,
        sum(d.votes) as votes,
        sum(d.failures) as failures,
        median(d.confidence) as median_confidence
    from scoped_decisions as d
    inner join {{ ref('int_periods') }} as p on d.day >= coalesce(p.first_day, d.day)
    group by d.path_scope, d.tier_scope, p.period, d.is_mock
),

trades as (
    select * from {{ ref('int_counted_trades') }} where is_closed and decision_path is not null
),

scoped_trades as (
    {{ ffe.path_scopes('trades') }}
),

period_trades as (
    select
        p.period,
        t.*,
        case t.outcome when 'win' then 1 when 'loss' then 0 end as won,
        try_cast(t.decision_confidence as decimal(9, 4)) as confidence
    from scoped_trades as t
    inner join {{ ref('int_periods') }} as p on t.exit_day >= coalesce(p.first_day, t.exit_day)
),

trade_counts as (
    select
        path_scope,
        tier_scope,
        period,
        is_mock,
        count(*) as trades,
        count(case when won = 1 then 1 end) as wins,
        count(case when won = 0 then 1 end) as losses,
        count(net_pnl_usd) as valued_trades,
        sum(net_pnl_usd) as net_pnl_usd
    from period_trades
    group by path_scope, tier_scope, period, is_mock
),

-- Thirds by the rank of the agreement among the trades that were won or lost; equal agreement is in the same third.
thirds as (
    select
        path_scope,
        tier_scope,
        period,
        is_mock,
        won,
        floor(3e0 * (place - 1) / nullif(trades, 0)) as third
    from (
        select
            *,
            rank() over (
                partition by path_scope, tier_scope, period, is_mock order by agreement_score nulls last
            ) as place,
            count(*) over (partition by path_scope, tier_scope, period, is_mock) as trades
        from period_trades
        where agreement_score is not null and won is not null
    ) as ranked
),

agreement as (
    select
        path_scope,
        tier_scope,
        period,
        is_mock,
        {{ ffe.ratio('sum(case when third = 0 then won end)', 'count(case when third = 0 then 1 end)') }}
            as win_rate_low_agreement,
        {{ ffe.ratio('sum(case when third = 1 then won end)', 'count(case when third = 1 then 1 end)') }}
            as win_rate_mid_agreement,
        {{ ffe.ratio('sum(case when third = 2 then won end)', 'count(case when third = 2 then 1 end)') }}
            as win_rate_high_agreement
    from thirds
    group by path_scope, tier_scope, period, is_mock
),

forecasts as (
    select path_scope, tier_scope, period, is_mock, won, {{ ffe.probability('confidence') }} as probability
    from period_trades
    where won is not null and direction in (1, -1) and confidence between 0 and 100
),

scores as (
    {{ ffe.forecast_scores('forecasts', ['path_scope', 'tier_scope', 'period', 'is_mock']) }}
),

keys as (
    select path_scope, tier_scope, period, is_mock from decision_counts
    union
    select path_scope, tier_scope, period, is_mock from trade_counts
),

measured as (
    select
        k.path_scope as decision_path,
        k.tier_scope as fallback_tier,
        k.period,
        k.is_mock,
        cast(coalesce(d.decisions, 0) as integer) as decisions,
        {{ ffe.ratio('d.executed', 'd.decisions') }} as executed_share,
        {{ ffe.ratio('d.failures', 'd.votes + d.failures') }} as failure_rate,
        d.median_confidence,
        cast(coalesce(t.trades, 0) as integer) as trades,
        cast(coalesce(t.wins, 0) as integer) as wins,
        cast(coalesce(t.losses, 0) as integer) as losses,
        {{ ffe.ratio('t.wins', 't.wins + t.losses') }} as win_rate,
        {{ ffe.ratio('t.net_pnl_usd', 't.valued_trades') }} as expectancy,
        cast(coalesce(t.net_pnl_usd, 0) as decimal(38, 12)) as net_pnl_usd,
        cast(coalesce(f.forecasts, 0) as integer) as forecasts,
        f.brier,
        a.win_rate_low_agreement,
        a.win_rate_mid_agreement,
        a.win_rate_high_agreement
    from keys as k
    {% for table, alias in [('decision_counts', 'd'), ('trade_counts', 't'), ('scores', 'f'), ('agreement', 'a')] %}
    left join {{ table }} as {{ alias }}
        on {{ alias }}.path_scope = k.path_scope
        and {{ alias }}.tier_scope = k.tier_scope
        and {{ alias }}.period = k.period
        and {{ alias }}.is_mock = k.is_mock
    {% endfor %}
)

select
    m.*,
    m.win_rate - v.win_rate as win_rate_lift,
    m.expectancy - v.expectancy as expectancy_lift
from measured as m
left join measured as v
    on v.decision_path = 'voting' and v.fallback_tier = 'ALL' and v.period = m.period and v.is_mock = m.is_mock
