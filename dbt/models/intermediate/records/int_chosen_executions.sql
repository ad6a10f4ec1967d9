{#
    One record for each trade. Of several closes the one whose price a provider gave counts, then the earliest; a trade without
    a close is open, or was rejected. What the chosen record leaves out of its origin, another record of the trade may say.
#}

with ranked as (
    select
        *,
        row_number() over (
            partition by trade_id
            order by
                case status when 'closed' then 0 when 'open' then 1 else 2 end nulls last,
                case
                    when lower(exit_price_source) like 'provider%' then 0
                    when exit_price_source is not null then 1
                    else 2
                end nulls last,
                exit_time nulls last,
                _extracted_at nulls last,
                _record_hash nulls last
        ) as place,
        count(*) over (partition by trade_id) as records,
        sum(case when status = 'closed' then 1 else 0 end) over (partition by trade_id) as closes,
        max(decision_id) over (partition by trade_id) as any_decision_id,
        max(order_id) over (partition by trade_id) as any_order_id,
        max(platform) over (partition by trade_id) as any_platform
    from {{ ref('stg_trade_executions') }}
)

select
    trade_id,
    coalesce(order_id, any_order_id) as order_id,
    coalesce(decision_id, any_decision_id) as decision_id,
    coalesce(platform, any_platform) as platform,
    asset_pair as recorded_pair,
    instrument,
    side,
    direction,
    entry_time,
    entry_price,
    entry_size,
    exit_time,
    exit_price,
    exit_price_source,
    exit_size,
    reported_pnl,
    fees,
    slippage_cost,
    spread_cost,
    recorded_via,
    status,
    exit_reason,
    cast(case when closes > 0 then closes - 1 else 0 end as integer) as superseded_closes,
    _extracted_at,
    _ingestion_id,
    _source_file,
    _record_hash
from ranked
where place = 1
