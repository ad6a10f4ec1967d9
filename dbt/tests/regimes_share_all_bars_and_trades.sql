{# The shares of a market's regimes add up to 1, and each of its timeframes tells of all its trades. #}

with sums as (
    select
        asset_pair,
        timeframe,
        is_mock,
        sum(bars) as bars,
        sum(cast(bar_share as decimal(20, 18))) as share,
        sum(trades) as trades
    from {{ ref('mart_market_regime_stats') }}
    group by asset_pair, timeframe, is_mock
),

trades as (
    select asset_pair, is_mock, count(*) as trades
    from {{ ref('int_counted_trades') }}
    where is_closed and entry_time is not null
    group by asset_pair, is_mock
)

select s.asset_pair, s.timeframe, s.is_mock, s.share, s.trades, t.trades as all_trades
from sums as s
left join trades as t on t.asset_pair = s.asset_pair and t.is_mock = s.is_mock
where (s.bars > 0 and abs(s.share - 1) > 1e-12) or s.trades <> coalesce(t.trades, 0)
