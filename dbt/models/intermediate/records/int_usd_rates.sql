{#
    What a unit of a currency was worth in dollars when bars closed: EURUSD as it is, USDJPY turned round. Where both pairs or
    several timeframes closed at once, one row stands: EURUSD before USDEUR, then the finest timeframe.
#}

with currencies as (
    select distinct quote_currency as currency
    from {{ ref('int_instruments') }}
    where quote_currency <> 'USD'
),

pairs as (
    select currency, currency || 'USD' as asset_pair, true as is_direct from currencies
    union all
    select currency, 'USD' || currency as asset_pair, false as is_direct from currencies
),

closes as (
    select
        p.currency,
        b.closed_at as moment,
        case when p.is_direct then cast(b.close as double) else 1e0 / nullif(cast(b.close as double), 0e0) end as usd_rate,
        row_number() over (
            partition by p.currency, b.closed_at
            order by
                p.is_direct desc nulls last,
                case b.timeframe
                    when '1m' then 1 when '5m' then 2 when '15m' then 3 when '1h' then 4 when '4h' then 5 else 6
                end nulls last
        ) as place
    from pairs as p
    inner join {{ ref('market_data_enriched') }} as b on b.asset_pair = p.asset_pair
)

select currency, moment, usd_rate from closes where place = 1
