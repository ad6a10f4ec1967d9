{#
    The last snapshot of each platform and day, with what its open positions come to in dollars. Rates are those of the last bars
    that had closed by the snapshot.
#}

with snapshots as (
    select
        *,
        cast(timestamp as date) as day,
        row_number() over (
            partition by platform, cast(timestamp as date)
            order by timestamp desc nulls last, _extracted_at desc nulls last, _record_hash desc nulls last
        ) as place
    from {{ ref('stg_portfolio_snapshots') }}
    cross join {{ ref('int_as_of') }} as a
    where timestamp <= a.as_of
),

last_snapshots as (
    select platform, day, timestamp as moment, balance, total_pnl, position_count, positions
    from snapshots
    where place = 1
),

positions as (
    select
        p.platform,
        p.day,
        p.moment,
        p.element.direction as direction,
        {{ ffe.amount('p.element.size') }} as size,
        {{ ffe.amount('coalesce(p.element.current_price, p.element.entry_price)') }} as price,
        {{ ffe.amount('p.element.unrealized_pnl') }} as unrealized_pnl,
        i.contract_size,
        i.quote_currency
    from ({{ ffe.each_element('last_snapshots', ['platform', 'day', 'moment'], 'positions') }}) as p
    left join {{ ref('int_instruments') }} as i
        on i.instrument = p.element.instrument and i.recorded_pair = coalesce(p.element.asset_pair, '')
),

rate_moments as (
    select distinct
        platform || ' ' || cast(day as string) || ' ' || quote_currency as event_id,
        quote_currency as currency,
        moment
    from positions
    where quote_currency is not null
),

rates as (
    {{ ffe.usd_rates('rate_moments') }}
),

valued as (
    select
        p.platform,
        p.day,
        p.unrealized_pnl,
        case when p.direction < 0 or (p.direction is null and p.size < 0) then -1 else 1 end as sign,
        try_cast(
            abs(cast(p.size as double)) * cast(p.price as double) * cast(p.contract_size as double) * r.usd_rate
            as {{ ffe.money_type() }}
        ) as value
    from positions as p
    left join rates as r on r.event_id = p.platform || ' ' || cast(p.day as string) || ' ' || p.quote_currency
),

sums as (
    select
        platform,
        day,
        count(*) as positions,
        sum(unrealized_pnl) as unrealized_pnl,
        -- Of a position whose worth is unknown, the exposure is unknown, too.
        case when count(value) = count(*) then sum(value) end as gross_exposure,
        case when count(value) = count(*) then sum(case when sign < 0 then 0 - value else value end) end as net_exposure
    from valued
    group by platform, day
)

select
    {{ ffe.platform_name('s.platform') }} as platform,
    {{ ffe.is_mock_platform('s.platform') }} as is_mock,
    s.day,
    {{ ffe.amount('s.balance') }} as balance,
    coalesce(p.unrealized_pnl, {{ ffe.amount('s.total_pnl') }}, case when coalesce(p.positions, 0) = 0 then 0 end) as open_pnl,
    coalesce(s.position_count, p.positions, 0) as positions,
    case when coalesce(p.positions, 0) = 0 then 0 else p.gross_exposure end as gross_exposure,
    case when coalesce(p.positions, 0) = 0 then 0 else p.net_exposure end as net_exposure
from last_snapshots as s
left join sums as p on p.platform = s.platform and p.day = s.day
