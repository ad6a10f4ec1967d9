{#
    The daily returns of each period, for each pair and ALL, with the running peak of the equity: the first peak is the equity
    that the period began with.
#}

with curves as (
    select platform as scope, is_mock, return_basis, day, is_return_day, equity, opening_equity
    from {{ ref('int_platform_equity') }}
    where platform = 'ALL'
    union all
    select asset_pair as scope, is_mock, return_basis, day, is_return_day, equity, opening_equity
    from {{ ref('int_asset_equity') }}
),

-- The first day of balances has no day before it, and so no return.
returns as (
    select
        *,
        {{ ffe.ratio(ffe.difference('equity', 'opening_equity'), 'opening_equity') }} as day_return,
        -- Nothing is left, or the account grows by the hundred in a day: ratios of such returns say nothing.
        equity <= 0
        or opening_equity <= 0
        or abs({{ ffe.ratio(ffe.difference('equity', 'opening_equity'), 'opening_equity') }}) >= 1e2 as is_meaningless
    from curves
    where is_return_day and opening_equity is not null
),

in_period as (
    select
        p.period,
        r.*,
        first_value(r.opening_equity) over (
            partition by p.period, r.scope, r.is_mock
            order by r.day nulls last
            rows between unbounded preceding and unbounded following
        ) as starting_equity,
        max(r.equity) over (
            partition by p.period, r.scope, r.is_mock
            order by r.day nulls last
            rows between unbounded preceding and current row
        ) as highest_equity
    from {{ ref('int_periods') }} as p
    inner join returns as r on r.day <= p.last_day and r.day >= coalesce(p.first_day, r.day)
)

select
    period,
    scope,
    is_mock,
    return_basis,
    day,
    opening_equity,
    equity,
    starting_equity,
    day_return,
    is_meaningless,
    greatest(starting_equity, highest_equity) as peak_equity
from in_period
