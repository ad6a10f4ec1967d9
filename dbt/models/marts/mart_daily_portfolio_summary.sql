{# Each day of each platform, and of ALL of them: what it is worth, what it holds, what it earned. #}

with curves as (
    select
        *,
        -- The first peak is the equity that the account began with.
        greatest(
            max(equity) over (
                partition by platform, is_mock
                order by day nulls last
                rows between unbounded preceding and current row
            ),
            case when return_basis = 'realised' then cast({{ var('starting_equity') }} as decimal(38, 12)) end
        ) as peak_equity
    from {{ ref('int_platform_equity') }}
),

-- What a platform told last, on this day or before.
account_moments as (
    select cast(day as string) as event_id, platform, is_mock, day as moment
    from curves
    where platform <> 'ALL'
),

snapshot_moments as (
    select platform, is_mock, day as moment from {{ ref('int_daily_snapshots') }}
),

last_snapshots as (
    {{ ffe.last_at_or_before('account_moments', 'snapshot_moments', ['platform', 'is_mock'], 'date') }}
),

told as (
    select
        l.platform,
        l.is_mock,
        l.moment as day,
        l.last_moment,
        s.balance,
        s.open_pnl,
        s.positions,
        s.gross_exposure,
        s.net_exposure
    from last_snapshots as l
    left join {{ ref('int_daily_snapshots') }} as s
        on s.platform = l.platform and s.is_mock = l.is_mock and s.day = l.last_moment
),

opened as (
    select platform, is_mock, entry_day as day, count(*) as opened
    from {{ ref('int_counted_trades') }}
    where entry_day is not null
    group by platform, is_mock, entry_day
),

closed as (
    select
        platform,
        is_mock,
        exit_day as day,
        count(*) as closed,
        sum(net_pnl_usd) as realised_pnl,
        sum(fees_usd) as fees
    from {{ ref('int_counted_trades') }}
    where is_closed
    group by platform, is_mock, exit_day
),

account_days as (
    select
        t.platform,
        t.is_mock,
        t.day,
        t.balance,
        t.open_pnl,
        coalesce(c.realised_pnl, 0) as realised_pnl,
        t.positions,
        t.gross_exposure,
        t.net_exposure,
        coalesce(o.opened, 0) as opened,
        coalesce(c.closed, 0) as closed,
        coalesce(c.fees, 0) as fees,
        case when t.last_moment = t.day then 0 else 1 end as carried
    from told as t
    left join opened as o on o.platform = t.platform and o.is_mock = t.is_mock and o.day = t.day
    left join closed as c on c.platform = t.platform and c.is_mock = t.is_mock and c.day = t.day
),

rows_of_days as (
    select * from account_days
    union all
    select
        'ALL' as platform,
        is_mock,
        day,
        sum(balance) as balance,
        sum(open_pnl) as open_pnl,
        sum(realised_pnl) as realised_pnl,
        sum(positions) as positions,
        sum(gross_exposure) as gross_exposure,
        sum(net_exposure) as net_exposure,
        sum(opened) as opened,
        sum(closed) as closed,
        sum(fees) as fees,
        min(carried) as carried
    from account_days
    group by is_mock, day
)

select
    r.day,
    r.platform,
    r.is_mock,
    cast(r.balance as decimal(38, 12)) as balance,
    cast(c.equity as decimal(38, 12)) as equity,
    c.return_basis,
    cast(r.open_pnl as decimal(38, 12)) as open_pnl,
    cast(r.realised_pnl as decimal(38, 12)) as realised_pnl,
    cast(r.positions as integer) as positions,
    cast(r.gross_exposure as decimal(38, 12)) as gross_exposure,
    cast(r.net_exposure as decimal(38, 12)) as net_exposure,
    case when c.is_return_day then {{ ffe.ratio(ffe.difference('c.equity', 'c.opening_equity'), 'c.opening_equity') }} end as day_return,
    case when c.peak_equity > 0 then {{ ffe.ratio(ffe.difference('c.equity', 'c.peak_equity'), 'c.peak_equity') }} end as drawdown,
    cast(r.opened as integer) as opened,
    cast(r.closed as integer) as closed,
    cast(r.fees as decimal(38, 12)) as fees,
    r.carried = 1 as is_carried
from rows_of_days as r
left join curves as c on c.platform = r.platform and c.is_mock = r.is_mock and c.day = r.day
