{#
    What each instrument that the records name is: its pair, the size of its contract, the currency of its price. The seed knows
    contracts; anything else is dealt in by the unit. An unknown contract has no size, so its trades have no profit or loss.
#}

with named as (
    select instrument, asset_pair as recorded_pair from {{ ref('stg_trade_executions') }}
    union
    select element.instrument as instrument, element.asset_pair as recorded_pair
    from ({{ ffe.each_element(ref('stg_portfolio_snapshots'), ['platform'], 'positions') }}) as positions
),

spelled as (
    select
        instrument,
        recorded_pair,
        upper(replace(replace(replace(instrument, '-', ''), '_', ''), '/', '')) as joined_name
    from named
    where instrument is not null
),

patterned as (
    select
        *,
        -- Futures of Coinbase Derivatives: the product, the day of expiry as 20DEC30, CDE.
        case
            when joined_name like '%CDE' and length(joined_name) > 10
                then substring(joined_name, 1, length(joined_name) - 10) || '*CDE'
        end as pattern,
        joined_name like '%CDE' or joined_name like '%.FUTURE' or coalesce(recorded_pair, '') like '%.FUTURE' as is_contract
    from spelled
),

known as (
    select
        p.instrument,
        p.recorded_pair,
        coalesce(exact.asset_pair, by_pattern.asset_pair, p.recorded_pair) as asset_pair,
        coalesce(
            exact.contract_size, by_pattern.contract_size, case when not p.is_contract then cast(1 as decimal(18, 8)) end
        ) as contract_size,
        coalesce(exact.quote_currency, by_pattern.quote_currency) as known_quote
    from patterned as p
    left join {{ ref('instruments') }} as exact on exact.instrument = p.joined_name
    left join {{ ref('instruments') }} as by_pattern on by_pattern.instrument = p.pattern
)

select
    instrument,
    coalesce(recorded_pair, '') as recorded_pair,
    asset_pair,
    contract_size,
    case
        when known_quote is not null then known_quote
        when asset_pair like '%USDT' or asset_pair like '%USDC' then substring(asset_pair, length(asset_pair) - 3, 4)
        when length(asset_pair) >= 6 and asset_pair not like '%.%' and asset_pair not like '%-%'
            then substring(asset_pair, length(asset_pair) - 2, 3)
        -- A ticker without the suffix of an exchange is a stock of New York.
        when length(asset_pair) <= 5 and asset_pair not like '%.%' then 'USD'
    end as quote_currency
from known
