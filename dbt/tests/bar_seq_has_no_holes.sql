-- Bars are numbered from 0 in the order of time.
select asset_pair, timeframe
from {{ ref('market_data_enriched') }}
group by asset_pair, timeframe
having min(bar_seq) <> 0 or max(bar_seq) + 1 <> count(*)
