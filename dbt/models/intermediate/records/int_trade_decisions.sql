{#
    Which decision a trade came from: the one that it names, else the last decision for the same pair and direction within 15
    minutes before the entry, unless another trade names that one.
#}

with trades as (
    select
        e.trade_id,
        e.decision_id,
        e.entry_time,
        i.asset_pair,
        e.direction
    from {{ ref('int_chosen_executions') }} as e
    left join {{ ref('int_instruments') }} as i
        on i.instrument = e.instrument and i.recorded_pair = coalesce(e.recorded_pair, '')
),

named as (
    select t.trade_id, d.decision_id
    from trades as t
    inner join {{ ref('decision_history') }} as d on d.decision_id = t.decision_id
),

candidates as (
    select d.decision_id, d.asset_pair, d.direction, d.timestamp as moment
    from {{ ref('decision_history') }} as d
    left join (select distinct decision_id from named) as taken on taken.decision_id = d.decision_id
    where d.kind = 'decision' and d.direction in (1, -1) and d.asset_pair is not null and taken.decision_id is null
),

unnamed as (
    select t.trade_id as event_id, t.asset_pair, t.direction, t.entry_time as moment
    from trades as t
    left join named as n on n.trade_id = t.trade_id
    where n.trade_id is null and t.asset_pair is not null and t.direction is not null and t.entry_time is not null
),

last_candidate as (
    {{ ffe.last_at_or_before('unnamed', 'candidates', ['asset_pair', 'direction']) }}
),

near as (
    select l.event_id as trade_id, max(c.decision_id) as decision_id
    from last_candidate as l
    inner join candidates as c
        on c.asset_pair = l.asset_pair and c.direction = l.direction and c.moment = l.last_moment
    where l.last_moment >= l.moment - interval '15' minute
    group by l.event_id
)

select
    t.trade_id,
    coalesce(n.decision_id, near.decision_id) as decision_id,
    case
        when n.decision_id is not null then 'decision_id'
        when near.decision_id is not null then 'time_window'
        else 'none'
    end as match_method
from trades as t
left join named as n on n.trade_id = t.trade_id
left join near on near.trade_id = t.trade_id
