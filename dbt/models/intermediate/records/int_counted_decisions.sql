{# The decisions that measures count: neither recovered positions nor tests, made at or before int_as_of. #}

select
    d.decision_id,
    {{ ffe.pair_name('d.asset_pair', 'd.instrument') }} as asset_pair,
    -- A decision whose trade was a mock one is a mock one, too.
    coalesce(d.is_backtest, false) or t.decision_id is not null as is_mock,
    cast(d.timestamp as date) as day,
    d.direction,
    coalesce(d.executed, false) as executed,
    d.decision_path,
    coalesce(d.fallback_tier, 'none') as fallback_tier,
    d.confidence,
    d.agreement_score,
    d.providers_failed
from {{ ref('decision_history') }} as d
cross join {{ ref('int_as_of') }} as a
left join (
    select distinct decision_id from {{ ref('int_counted_trades') }} where is_mock and decision_id is not null
) as t on t.decision_id = d.decision_id
where d.kind = 'decision' and d.timestamp <= a.as_of
