{#
    What an account was worth at the end of each day, a row for each platform and ALL. Where a platform told balances on two
    days or more, its last one of a day, carried over days without; else the starting equity and what was realised since.
    `opening_equity` is that of the return day before. In ALL a platform counts with its first balance before it has one, so that its
    appearance is no gain.
#}

with told as (
    select
        {{ ffe.platform_name('platform') }} as platform,
        {{ ffe.is_mock_platform('platform') }} as is_mock,
        cast(timestamp as date) as day,
        {{ ffe.amount('coalesce(equity, balance)') }} as equity,
        row_number() over (
            partition by platform, cast(timestamp as date)
            order by timestamp desc nulls last, _extracted_at desc nulls last, _record_hash desc nulls last
        ) as place
    from {{ ref('stg_portfolio_snapshots') }}
    cross join {{ ref('int_as_of') }} as a
    where coalesce(equity, balance) is not null and timestamp <= a.as_of
),

balances as (
    select platform, is_mock, day, equity from told where place = 1 and equity is not null
),

balance_days as (
    select platform, is_mock, min(day) as first_day, count(*) as days from balances group by platform, is_mock
),

realised as (
    select platform, is_mock, exit_day as day, sum(net_pnl_usd) as pnl
    from {{ ref('int_counted_trades') }}
    where net_pnl_usd is not null
    group by platform, is_mock, exit_day
),

first_days as (
    select platform, is_mock, min(day) as first_day
    from (
        select platform, is_mock, coalesce(entry_day, exit_day) as day
        from {{ ref('int_counted_trades') }}
        union all
        -- A platform that tells no balance may tell positions.
        select
            {{ ffe.platform_name('platform') }} as platform,
            {{ ffe.is_mock_platform('platform') }} as is_mock,
            cast(timestamp as date) as day
        from {{ ref('stg_portfolio_snapshots') }}
        cross join {{ ref('int_as_of') }} as a
        where timestamp <= a.as_of
    ) as known_days
    group by platform, is_mock
),

accounts as (
    select
        f.platform,
        f.is_mock,
        case when coalesce(b.days, 0) >= 2 then 'equity' else 'realised' end as basis,
        f.first_day as known_from,
        case when coalesce(b.days, 0) >= 2 then b.first_day else f.first_day end as first_day
    from first_days as f
    left join balance_days as b on b.platform = f.platform and b.is_mock = f.is_mock
),

-- ALL follows balances where any platform of its kind has them.
totals as (
    select
        is_mock,
        case when count(case when basis = 'equity' then 1 end) > 0 then 'equity' else 'realised' end as basis,
        min(known_from) as known_from,
        coalesce(min(case when basis = 'equity' then first_day end), min(first_day)) as first_day
    from accounts
    group by is_mock
),

span as (
    select t.first_day, a.as_of_day as last_day
    from (select min(known_from) as first_day from accounts) as t
    cross join {{ ref('int_as_of') }} as a
    where t.first_day is not null
),

days as (
    select day
    from ({{ ffe.each_day('span', 'first_day', 'last_day') }}) as every_day
),

account_days as (
    select a.platform, a.is_mock, a.basis, a.known_from, a.first_day, d.day
    from accounts as a
    inner join totals as t on t.is_mock = a.is_mock
    inner join days as d on d.day >= least(a.known_from, t.first_day)
),

-- The last day with a balance at or before each day.
balance_moments as (
    select platform, is_mock, day as moment from balances
),

account_moments as (
    select distinct cast(day as string) as event_id, platform, is_mock, day as moment from account_days where basis = 'equity'
),

last_balances as (
    {{ ffe.last_at_or_before('account_moments', 'balance_moments', ['platform', 'is_mock'], 'date') }}
),

carried as (
    select l.platform, l.is_mock, l.moment as day, b.equity
    from last_balances as l
    inner join balances as b on b.platform = l.platform and b.is_mock = l.is_mock and b.day = l.last_moment
),

account_equity as (
    select
        a.platform,
        a.is_mock,
        a.basis,
        a.known_from,
        a.first_day,
        a.day,
        case
            when a.basis = 'equity' then coalesce(c.equity, f.equity)
            else
                cast({{ var('starting_equity') }} as {{ ffe.money_type() }})
                + cast(sum(coalesce(r.pnl, 0)) over (
                    partition by a.platform, a.is_mock
                    order by a.day nulls last
                    rows between unbounded preceding and current row
                ) as {{ ffe.addend_type() }})
        end as equity
    from account_days as a
    left join carried as c on c.platform = a.platform and c.is_mock = a.is_mock and c.day = a.day
    left join balances as f on f.platform = a.platform and f.is_mock = a.is_mock and f.day = a.first_day
    left join realised as r on r.platform = a.platform and r.is_mock = a.is_mock and r.day = a.day
),

all_equity as (
    select
        e.is_mock,
        e.day,
        case
            when t.basis = 'equity' then sum(e.equity)
            -- One account stands for all platforms: each began with the starting equity.
            else
                cast(sum({{ ffe.difference('e.equity', var('starting_equity')) }}) as {{ ffe.addend_type() }})
                + cast({{ var('starting_equity') }} as {{ ffe.money_type() }})
        end as equity
    from account_equity as e
    inner join totals as t on t.is_mock = e.is_mock and t.basis = e.basis and e.day >= t.first_day
    group by e.is_mock, t.basis, e.day
),

-- A day before the first balance has trades, but no equity.
curves as (
    select platform, is_mock, basis, day, case when day >= first_day then equity end as equity
    from account_equity
    where day >= known_from
    union all
    select 'ALL' as platform, t.is_mock, t.basis, d.day, e.equity
    from totals as t
    inner join days as d on d.day >= t.known_from
    left join all_equity as e on e.is_mock = t.is_mock and e.day = d.day
)

select
    platform,
    is_mock,
    basis as return_basis,
    day,
    is_return_day,
    cast(equity as decimal(38, 12)) as equity,
    -- That of the return day before.
    cast(
        case
            when is_return_day
                then
                    coalesce(
                        lag(equity) over (partition by platform, is_mock, is_return_day order by day nulls last),
                        case when basis = 'realised' then {{ var('starting_equity') }} end
                    )
        end as decimal(38, 12)
    ) as opening_equity
from (select *, {{ ffe.is_return_day('day') }} as is_return_day from curves) as marked
