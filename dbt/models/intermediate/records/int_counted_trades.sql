{#
    The trades that measures count, as they stood at int_as_of: entered by then, not rejected, not suspect. A trade that closed
    later is open. Its pair is the instrument where no pair is known; the stock ALL is ALL.US, for ALL stands for all pairs.
#}

with trades as (
    select
        t.*,
        a.as_of,
        t.status = 'closed' and t.exit_time <= a.as_of as is_closed
    from {{ ref('trade_lifecycle') }} as t
    cross join {{ ref('int_as_of') }} as a
    where t.status in ('open', 'closed') and not t.is_suspect and coalesce(t.entry_time, t.exit_time) <= a.as_of
)

select
    trade_id,
    {{ ffe.pair_name('asset_pair', 'instrument') }} as asset_pair,
    {{ ffe.platform_name('platform') }} as platform,
    is_mock,
    direction,
    decision_id,
    match_method,
    decision_path,
    coalesce(fallback_tier, 'none') as fallback_tier,
    decision_confidence,
    agreement_score,
    entry_time,
    cast(entry_time as date) as entry_day,
    is_closed,
    case when is_closed then exit_time end as exit_time,
    case when is_closed then cast(exit_time as date) end as exit_day,
    case when is_closed then outcome end as outcome,
    case when is_closed then net_pnl_usd end as net_pnl_usd,
    case when is_closed then costs_usd end as costs_usd,
    case
        when is_closed and quote_currency = 'USD' then {{ ffe.amount('coalesce(fees, 0)') }}
        when is_closed
            then try_cast(cast(coalesce(fees, 0) as double) * usd_rate as {{ ffe.money_type() }})
    end as fees_usd,
    case when is_closed then return_pct end as return_pct,
    case when is_closed then holding_seconds end as holding_seconds,
    as_of
from trades
