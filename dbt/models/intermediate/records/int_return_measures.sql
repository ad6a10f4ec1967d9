{# Sharpe, Sortino, drawdown, growth: of the daily returns of each period, for each pair and ALL. #}

{% set annualization_days = 'cast(' ~ var('annualization_days') ~ ' as double)' %}
{% set daily_risk_free = 'power(1e0 + cast(' ~ var('risk_free_annual') ~ ' as double), 1e0 / ' ~ annualization_days ~ ') - 1e0' %}

with excess as (
    select
        *,
        day_return - ({{ daily_risk_free }}) as excess_return
    from {{ ref('int_period_returns') }}
),

means as (
    select
        period,
        scope,
        is_mock,
        min(return_basis) as return_basis,
        count(*) as days,
        min(day) as first_day,
        max(day) as last_day,
        sum(case when is_meaningless then 1 else 0 end) as meaningless_days,
        min(starting_equity) as starting_equity,
        {{ ffe.ratio('sum(' ~ ffe.summand('excess_return', 30) ~ ')', 'count(*)') }} as mean_excess
    from excess
    group by period, scope, is_mock
),

spreads as (
    select
        e.period,
        e.scope,
        e.is_mock,
        sum({{ ffe.summand('(e.excess_return - m.mean_excess) * (e.excess_return - m.mean_excess)', 32) }}) as squares,
        sum({{ ffe.summand('least(e.excess_return, 0e0) * least(e.excess_return, 0e0)', 32) }}) as downside_squares
    from excess as e
    inner join means as m on m.period = e.period and m.scope = e.scope and m.is_mock = e.is_mock
    group by e.period, e.scope, e.is_mock
),

ends as (
    select e.period, e.scope, e.is_mock, e.equity as final_equity
    from excess as e
    inner join means as m
        on m.period = e.period and m.scope = e.scope and m.is_mock = e.is_mock and m.last_day = e.day
),

depths as (
    select
        *,
        -- The difference is exact; a quotient minus one would lose digits. Below a peak of nothing there is no depth.
        case when peak_equity > 0 then {{ ffe.ratio(ffe.difference('equity', 'peak_equity'), 'peak_equity') }} end as depth
    from excess
),

-- The deepest day; of several the first.
troughs as (
    select period, scope, is_mock, day, depth, equity, peak_equity
    from (
        select
            *,
            row_number() over (
                partition by period, scope, is_mock order by depth nulls last, day nulls last
            ) as place
        from depths
    ) as ranked
    where place = 1
),

-- The drawdown lasts from the day of its peak until the equity is back there, or until the period ends.
lengths as (
    select
        t.period,
        t.scope,
        t.is_mock,
        max(case when d.day < t.day and d.equity = t.peak_equity then d.day end) as peak_day,
        min(case when d.day > t.day and d.equity >= t.peak_equity then d.day end) as recovery_day
    from troughs as t
    inner join depths as d on d.period = t.period and d.scope = t.scope and d.is_mock = t.is_mock
    group by t.period, t.scope, t.is_mock
),

measured as (
    select
        m.period,
        m.scope,
        m.is_mock,
        m.return_basis,
        cast(m.days as integer) as return_days,
        cast(m.starting_equity as decimal(38, 12)) as starting_equity,
        cast(e.final_equity as decimal(38, 12)) as final_equity,
        case when m.starting_equity > 0 then {{ ffe.ratio(ffe.difference('e.final_equity', 'm.starting_equity'), 'm.starting_equity') }} end
            as total_return,
        case
            when m.days >= 20 and m.meaningless_days = 0
                then
                    m.mean_excess / nullif(sqrt(cast(s.squares as double) / nullif(m.days - 1, 0)), 0e0)
                    * sqrt({{ annualization_days }})
        end as sharpe,
        case
            when m.days >= 20 and m.meaningless_days = 0
                then
                    m.mean_excess / nullif(sqrt(cast(s.downside_squares as double) / nullif(m.days, 0)), 0e0)
                    * sqrt({{ annualization_days }})
        end as sortino,
        case when m.starting_equity > 0 then t.depth end as max_drawdown,
        cast(case when m.starting_equity > 0 then {{ ffe.difference('t.equity', 't.peak_equity') }} end as decimal(38, 12)) as max_drawdown_amount,
        case
            when m.starting_equity <= 0 then null
            when t.depth < 0e0
                then
                    {{ ffe.days_between(
                        "coalesce(l.peak_day, cast(m.first_day - interval '1' day as date))",
                        'coalesce(l.recovery_day, m.last_day)'
                    ) }}
            else 0
        end as max_drawdown_days,
        case when m.starting_equity > 0 then t.depth >= 0e0 or l.recovery_day is not null end as is_recovered,
        case
            when m.meaningless_days = 0
                then
                    power(
                        {{ ffe.ratio('e.final_equity', 'm.starting_equity') }},
                        {{ annualization_days }} / nullif(m.days, 0)
                    ) - 1e0
        end as cagr
    from means as m
    inner join spreads as s on s.period = m.period and s.scope = m.scope and s.is_mock = m.is_mock
    inner join ends as e on e.period = m.period and e.scope = m.scope and e.is_mock = m.is_mock
    inner join troughs as t on t.period = m.period and t.scope = m.scope and t.is_mock = m.is_mock
    inner join lengths as l on l.period = m.period and l.scope = m.scope and l.is_mock = m.is_mock
)

select
    *,
    cagr / nullif(abs(max_drawdown), 0e0) as calmar
from measured
