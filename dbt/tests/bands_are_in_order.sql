-- The Bollinger bands lie around their middle, and the price within the Donchian channel.
select asset_pair, timeframe, timestamp
from {{ ref('market_data_enriched') }}
where bb_lower > bb_middle
    or bb_middle > bb_upper
    or cast(close as double) > donchian_upper_20
    or cast(close as double) < donchian_lower_20
