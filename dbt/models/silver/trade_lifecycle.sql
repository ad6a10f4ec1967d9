{{ config(materialized='table') }}

{# A table that each run makes anew: late bars change rates and excursions of trades of long ago, and trades are few. #}

with executions as (
    select
        e.*,
        i.asset_pair,
        i.contract_size,
        i.quote_currency,
        {{ ffe.amount('e.entry_price') }} as entry_amount,
        {{ ffe.amount('e.exit_price') }} as exit_amount,
        {{ ffe.amount('coalesce(e.exit_size, e.entry_size)') }} as size_amount,
        {{ ffe.amount("coalesce(e.fees, 0)") }} as fee_amount,
        {{ ffe.amount("coalesce(e.slippage_cost, 0)") }} as slippage_amount,
        {{ ffe.amount("coalesce(e.spread_cost, 0)") }} as spread_amount
    from {{ ref('int_chosen_executions') }} as e
    left join {{ ref('int_instruments') }} as i
        on i.instrument = e.instrument and i.recorded_pair = coalesce(e.recorded_pair, '')
),

sized as (
    select
        *,
        -- How much of the base was held. A contract stands for several units, or for a part of one.
        case when contract_size = 1 then size_amount else {{ ffe.money_product('size_amount', 'contract_size') }} end
            as base_size,
        case direction when 1 then exit_amount - entry_amount when -1 then entry_amount - exit_amount end as price_gain,
        try_cast(fee_amount + slippage_amount + spread_amount as {{ ffe.money_type() }}) as costs
    from executions
),

valued as (
    select
        *,
        case when status = 'closed' then {{ ffe.money_product('price_gain', 'base_size') }} end as gross_pnl,
        {{ ffe.money_product('entry_amount', 'base_size') }} as entry_value
    from sized
),

netted as (
    select *, try_cast(gross_pnl - costs as {{ ffe.money_type() }}) as net_pnl from valued
),

rate_moments as (
    select trade_id as event_id, quote_currency as currency, coalesce(exit_time, entry_time) as moment from netted
),

rates as (
    {{ ffe.usd_rates('rate_moments') }}
),

entries as (
    select trade_id as event_id, asset_pair, entry_time as moment from netted where entry_time is not null
),

context as (
    {{ ffe.market_context('entries') }}
),

excursions as (
    select
        n.trade_id,
        min(b.low) as lowest,
        max(b.high) as highest
    from netted as n
    inner join {{ ref('market_data_enriched') }} as b
        on b.asset_pair = n.asset_pair and b.timestamp >= n.entry_time and b.closed_at <= n.exit_time
    where n.status = 'closed'
    group by n.trade_id
),

bounded as (
    select
        n.trade_id,
        -- Entry and exit are prices that the trade saw.
        least(cast(x.lowest as double), cast(n.entry_amount as double), cast(n.exit_amount as double))
            / nullif(cast(n.entry_amount as double), 0e0) - 1e0 as lowest_return,
        greatest(cast(x.highest as double), cast(n.entry_amount as double), cast(n.exit_amount as double))
            / nullif(cast(n.entry_amount as double), 0e0) - 1e0 as highest_return
    from netted as n
    inner join excursions as x on x.trade_id = n.trade_id
)

select
    n.trade_id,
    n.order_id,
    m.decision_id,
    n.decision_id as reported_decision_id,
    m.match_method,
    n.platform,
    n.asset_pair,
    n.instrument,
    n.side,
    n.direction,
    n.entry_time,
    n.entry_price,
    n.entry_size,
    n.exit_time,
    n.exit_price,
    n.exit_price_source,
    n.exit_size,
    n.fees,
    n.slippage_cost,
    n.spread_cost,
    n.recorded_via,
    n.status,
    n.exit_reason,
    n.superseded_closes,
    d.decision_path,
    d.fallback_tier,
    d.ai_provider as provider,
    d.confidence as decision_confidence,
    d.agreement_score,
    n.contract_size,
    n.quote_currency,
    {{ ffe.seconds_between('n.entry_time', 'n.exit_time') }} as holding_seconds,
    n.gross_pnl,
    n.costs,
    n.net_pnl,
    r.usd_rate,
    case
        when n.quote_currency = 'USD' then n.net_pnl
        else try_cast(cast(n.net_pnl as double) * r.usd_rate as {{ ffe.money_type() }})
    end as net_pnl_usd,
    case
        when n.quote_currency = 'USD' then n.costs
        else try_cast(cast(n.costs as double) * r.usd_rate as {{ ffe.money_type() }})
    end as costs_usd,
    1e2 * {{ ffe.ratio('n.net_pnl', 'n.entry_value') }} as return_pct,
    n.reported_pnl,
    -- The engine rounds: half a cent and a thousandth are no mismatch. It reports before or after costs.
    coalesce(
        abs(cast(n.reported_pnl as double) - cast(n.gross_pnl as double))
        > 5e-3 + 1e-3 * abs(cast(n.gross_pnl as double))
        and abs(cast(n.reported_pnl as double) - cast(n.net_pnl as double))
        > 5e-3 + 1e-3 * abs(cast(n.net_pnl as double)),
        false
    ) as pnl_mismatch,
    1e2 * case n.direction when 1 then x.lowest_return when -1 then 0e0 - x.highest_return end as mae_pct,
    1e2 * case n.direction when 1 then x.highest_return when -1 then 0e0 - x.lowest_return end as mfe_pct,
    {% for column in ffe.market_context_columns() %}
    c.{{ column }} as entry_{{ column }},
    {% endfor %}
    case
        when n.status = 'open' then 'open'
        when n.net_pnl > 0 then 'win'
        when n.net_pnl < 0 then 'loss'
        when n.net_pnl = 0 then 'draw'
    end as outcome,
    coalesce(n.entry_time > n._extracted_at + interval '1' day, false)
    or coalesce(n.exit_time > n._extracted_at + interval '1' day, false)
    or coalesce(n.entry_price = 0, false)
    or n.status = 'closed' and (
        n.exit_time is null
        or coalesce(n.exit_price = 0, false)
        or coalesce(n.exit_price = n.entry_price and n.exit_price_source is null, false)
        or coalesce(n.entry_time > n.exit_time, false)
        or coalesce(n.exit_time > n.entry_time + interval '365' day, false)
    ) as is_suspect,
    {{ ffe.is_mock_platform('n.platform') }}
    or coalesce(d.is_backtest, false)
    or coalesce(d.kind = 'test', false) as is_mock,
    n._extracted_at,
    n._ingestion_id,
    n._source_file,
    n._record_hash
from netted as n
left join {{ ref('int_trade_decisions') }} as m on m.trade_id = n.trade_id
left join {{ ref('decision_history') }} as d on d.decision_id = m.decision_id
left join rates as r on r.event_id = n.trade_id
left join context as c on c.event_id = n.trade_id
left join bounded as x on x.trade_id = n.trade_id
