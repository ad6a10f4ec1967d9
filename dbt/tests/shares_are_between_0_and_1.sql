select 'mart_trading_performance' as mart, asset_pair as scope, period
from {{ ref('mart_trading_performance') }}
where
    win_rate not between 0 and 1
    or exposure not between 0 and 1
    or brier not between 0 and 1
    or ece not between 0 and 1
    or skill > 1
union all
select 'mart_provider_attribution' as mart, provider as scope, period
from {{ ref('mart_provider_attribution') }}
where
    hit_rate not between 0 and 1
    or win_rate_followed not between 0 and 1
    or win_rate_alone not between 0 and 1
    or brier not between 0 and 1
    or skill > 1
union all
select 'mart_ensemble_effectiveness' as mart, decision_path as scope, period
from {{ ref('mart_ensemble_effectiveness') }}
where
    executed_share not between 0 and 1
    or failure_rate not between 0 and 1
    or win_rate not between 0 and 1
    or brier not between 0 and 1
