{{ ffe.parts_differ_from_total(
    ref('mart_provider_attribution'),
    ['provider', 'period', 'is_mock'],
    ['votes', 'followed', 'abstained', 'failed', 'credited_trades', 'credited_pnl', 'scored_votes', 'hits', 'forecasts'],
    "asset_pair = 'ALL'",
    "asset_pair <> 'ALL'"
) }}
