{{ ffe.parts_differ_from_total(
    ref('mart_ensemble_effectiveness'),
    ['period', 'is_mock'],
    ['decisions', 'trades', 'wins', 'losses', 'net_pnl_usd', 'forecasts'],
    "decision_path = 'ALL'",
    "decision_path <> 'ALL' and fallback_tier <> 'ALL'"
) }}
