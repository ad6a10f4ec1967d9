select 'mart_trading_performance' as mart, asset_pair as scope, max_drawdown as drawdown
from {{ ref('mart_trading_performance') }}
where max_drawdown > 0 or max_drawdown_amount > 0 or max_drawdown_days < 0
union all
select 'mart_daily_portfolio_summary' as mart, platform as scope, drawdown
from {{ ref('mart_daily_portfolio_summary') }}
where drawdown > 0
