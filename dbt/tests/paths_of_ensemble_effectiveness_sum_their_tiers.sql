{{ ffe.parts_differ_from_total(
    ref('mart_ensemble_effectiveness'),
    ['decision_path', 'period', 'is_mock'],
    ['decisions', 'trades', 'wins', 'losses', 'net_pnl_usd', 'forecasts'],
    "fallback_tier = 'ALL'",
    "(fallback_tier <> 'ALL' or decision_path = 'ALL')"
) }}
