{{ ffe.parts_differ_from_total(
    ref('mart_trading_performance'),
    ['period', 'is_mock'],
    ['trades', 'wins', 'losses', 'draws', 'open_trades', 'trades_without_usd', 'net_pnl_usd', 'gross_profit', 'gross_loss',
        'costs_usd', 'forecasts'],
    "asset_pair = 'ALL'",
    "asset_pair <> 'ALL'"
) }}
