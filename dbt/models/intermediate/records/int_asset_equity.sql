{#
    What an account that trades one pair alone would be worth at the end of each day: the starting equity and what was realised
    with that pair since its first entry.
#}

with trades as (
    select * from {{ ref('int_counted_trades') }}
),

pairs as (
    select asset_pair, is_mock, min(coalesce(entry_day, exit_day)) as first_day
    from trades
    group by asset_pair, is_mock
),

span as (
    select t.first_day, a.as_of_day as last_day
    from (select min(first_day) as first_day from pairs) as t
    cross join {{ ref('int_as_of') }} as a
    where t.first_day is not null
),

days as (
    select day
    from ({{ ffe.each_day('span', 'first_day', 'last_day') }}) as every_day
),

pair_days as (
    select p.asset_pair, p.is_mock, d.day
    from pairs as p
    inner join days as d on d.day >= p.first_day
),

realised as (
    select asset_pair, is_mock, exit_day as day, sum(net_pnl_usd) as pnl
    from trades
    where net_pnl_usd is not null
    group by asset_pair, is_mock, exit_day
),

curves as (
    select
        d.asset_pair,
        d.is_mock,
        d.day,
        cast({{ var('starting_equity') }} as {{ ffe.money_type() }}) + cast(sum(coalesce(r.pnl, 0)) over (
            partition by d.asset_pair, d.is_mock
            order by d.day nulls last
            rows between unbounded preceding and current row
        ) as {{ ffe.addend_type() }}) as equity
    from pair_days as d
    left join realised as r on r.asset_pair = d.asset_pair and r.is_mock = d.is_mock and r.day = d.day
)

select
    asset_pair,
    is_mock,
    'realised' as return_basis,
    day,
    is_return_day,
    cast(equity as decimal(38, 12)) as equity,
    -- That of the return day before.
    cast(
        case
            when is_return_day
                then
                    coalesce(
                        lag(equity) over (partition by asset_pair, is_mock, is_return_day order by day nulls last),
                        {{ var('starting_equity') }}
                    )
        end as decimal(38, 12)
    ) as opening_equity
from (select *, {{ ffe.is_return_day('day') }} as is_return_day from curves) as marked
