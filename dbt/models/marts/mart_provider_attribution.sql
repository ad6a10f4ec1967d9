{#
    What each provider is worth, by pair, period and is_mock. Votes count in the period of the decision, results in that of the
    trade's exit.
#}

with votes as (
    select
        d.day,
        d.asset_pair,
        d.is_mock,
        v.provider,
        v.direction,
        d.executed and v.direction in (1, -1) and v.direction = d.direction as is_followed,
        false as is_failure
    from {{ ref('int_counted_decisions') }} as d
    inner join {{ ref('int_decision_votes') }} as v on v.decision_id = d.decision_id
    union all
    select
        day,
        asset_pair,
        is_mock,
        element as provider,
        cast(null as integer) as direction,
        false as is_followed,
        true as is_failure
    from (
        {{ ffe.each_element(ref('int_counted_decisions'), ['day', 'asset_pair', 'is_mock'], 'providers_failed') }}
    ) as failures
    where element is not null
),

scoped_votes as (
    select 'ALL' as scope, v.* from votes as v
    union all
    select asset_pair as scope, v.* from votes as v
),

vote_counts as (
    select
        v.provider,
        v.scope,
        p.period,
        v.is_mock,
        count(case when not v.is_failure then 1 end) as votes,
        count(case when v.is_followed then 1 end) as followed,
        count(case when not v.is_failure and v.direction = 0 then 1 end) as abstained,
        count(case when v.is_failure then 1 end) as failed
    from scoped_votes as v
    inner join {{ ref('int_periods') }} as p on v.day >= coalesce(p.first_day, v.day)
    group by v.provider, v.scope, p.period, v.is_mock
),

credits as (
    select 'ALL' as scope, c.* from {{ ref('int_credits') }} as c
    union all
    select asset_pair as scope, c.* from {{ ref('int_credits') }} as c
),

credit_sums as (
    select
        c.provider,
        c.scope,
        p.period,
        c.is_mock,
        count(*) as trades,
        sum(c.credited_pnl) as credited_pnl,
        count(case when c.outcome = 'win' then 1 end) as wins,
        count(case when c.outcome in ('win', 'loss') then 1 end) as decided,
        count(case when c.voters = 1 and c.outcome = 'win' then 1 end) as wins_alone,
        count(case when c.voters = 1 and c.outcome in ('win', 'loss') then 1 end) as decided_alone
    from credits as c
    inner join {{ ref('int_periods') }} as p on c.exit_day >= coalesce(p.first_day, c.exit_day)
    group by c.provider, c.scope, p.period, c.is_mock
),

-- An opponent of a loser was right. A draw tells nothing.
scored_votes as (
    select
        t.asset_pair,
        t.is_mock,
        t.exit_day,
        v.provider,
        v.confidence,
        case when (v.direction = t.direction) = (t.outcome = 'win') then 1 else 0 end as won
    from {{ ref('int_counted_trades') }} as t
    inner join {{ ref('int_decision_votes') }} as v on v.decision_id = t.decision_id
    where
        t.is_closed
        and t.match_method = 'decision_id'
        and t.direction in (1, -1)
        and t.outcome in ('win', 'loss')
        and v.direction in (1, -1)
),

period_votes as (
    select p.period, s.*
    from (
        select 'ALL' as scope, v.* from scored_votes as v
        union all
        select asset_pair as scope, v.* from scored_votes as v
    ) as s
    inner join {{ ref('int_periods') }} as p on s.exit_day >= coalesce(p.first_day, s.exit_day)
),

hits as (
    select provider, scope, period, is_mock, count(*) as scored_votes, sum(won) as hits
    from period_votes
    group by provider, scope, period, is_mock
),

forecasts as (
    select provider, scope, period, is_mock, won, {{ ffe.probability('confidence') }} as probability
    from period_votes
    where confidence between 0 and 100
),

scores as (
    {{ ffe.forecast_scores('forecasts', ['provider', 'scope', 'period', 'is_mock']) }}
),

keys as (
    select provider, scope, period, is_mock from vote_counts
    union
    select provider, scope, period, is_mock from credit_sums
    union
    select provider, scope, period, is_mock from hits
)

select
    k.provider,
    k.scope as asset_pair,
    k.period,
    k.is_mock,
    cast(coalesce(v.votes, 0) as integer) as votes,
    cast(coalesce(v.followed, 0) as integer) as followed,
    cast(coalesce(v.abstained, 0) as integer) as abstained,
    cast(coalesce(v.failed, 0) as integer) as failed,
    cast(coalesce(c.trades, 0) as integer) as credited_trades,
    cast(coalesce(c.credited_pnl, 0) as decimal(38, 12)) as credited_pnl,
    cast(coalesce(h.scored_votes, 0) as integer) as scored_votes,
    cast(coalesce(h.hits, 0) as integer) as hits,
    {{ ffe.ratio('h.hits', 'h.scored_votes') }} as hit_rate,
    {{ ffe.ratio('c.wins', 'c.decided') }} as win_rate_followed,
    {{ ffe.ratio('c.wins_alone', 'c.decided_alone') }} as win_rate_alone,
    cast(coalesce(f.forecasts, 0) as integer) as forecasts,
    f.brier,
    f.skill
from keys as k
left join vote_counts as v
    on v.provider = k.provider and v.scope = k.scope and v.period = k.period and v.is_mock = k.is_mock
left join credit_sums as c
    on c.provider = k.provider and c.scope = k.scope and c.period = k.period and c.is_mock = k.is_mock
left join hits as h
    on h.provider = k.provider and h.scope = k.scope and h.period = k.period and h.is_mock = k.is_mock
left join scores as f
    on f.provider = k.provider and f.scope = k.scope and f.period = k.period and f.is_mock = k.is_mock
