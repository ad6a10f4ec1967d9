{{ ffe.parts_differ_from_total(
    ref('mart_daily_portfolio_summary'),
    ['day', 'is_mock'],
    ['realised_pnl', 'opened', 'closed', 'fees', 'positions', 'open_pnl'],
    "platform = 'ALL'",
    "platform <> 'ALL'"
) }}
