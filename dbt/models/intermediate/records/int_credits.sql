{#
    How the profit or loss of each closed trade is shared among providers: over those whose vote had the executed direction, by
    voting power where all of them have it, else by weight, else equally. The largest share takes what rounding leaves, so the
    credits of a trade add up to its net_pnl_usd exactly. Where nobody voted so, the credit is that of `unattributed`. Only
    trades that name their decision count.
#}

with trades as (
    select trade_id, decision_id, asset_pair, is_mock, direction, exit_day, outcome, net_pnl_usd
    from {{ ref('int_counted_trades') }}
    where is_closed and match_method = 'decision_id' and direction in (1, -1)
),

agreeing as (
    select
        t.trade_id,
        v.provider,
        v.weight,
        v.voting_power,
        count(*) over (partition by t.trade_id) as voters,
        count(v.weight) over (partition by t.trade_id) as weighted,
        count(v.voting_power) over (partition by t.trade_id) as powered,
        sum(v.weight) over (partition by t.trade_id) as total_weight,
        sum(v.voting_power) over (partition by t.trade_id) as total_power,
        min(v.weight) over (partition by t.trade_id) as least_weight,
        min(v.voting_power) over (partition by t.trade_id) as least_power
    from trades as t
    inner join {{ ref('int_decision_votes') }} as v on v.decision_id = t.decision_id and v.direction = t.direction
),

shares as (
    select
        trade_id,
        provider,
        voters,
        case
            when powered = voters and least_power >= 0 and total_power > 0
                then {{ ffe.ratio('voting_power', 'total_power') }}
            when weighted = voters and least_weight >= 0 and total_weight > 0
                then {{ ffe.ratio('weight', 'total_weight') }}
            else {{ ffe.ratio('1', 'voters') }}
        end as share
    from agreeing
),

rounded as (
    select
        t.trade_id,
        coalesce(s.provider, 'unattributed') as provider,
        coalesce(s.voters, 0) as voters,
        coalesce(s.share, 1e0) as share,
        t.net_pnl_usd,
        try_cast(cast(t.net_pnl_usd as double) * coalesce(s.share, 1e0) as {{ ffe.money_type() }}) as credit,
        row_number() over (
            partition by t.trade_id order by s.share desc nulls last, s.provider nulls last
        ) as place
    from trades as t
    left join shares as s on s.trade_id = t.trade_id
),

totals as (
    select trade_id, sum(case when place > 1 then credit else 0 end) as others
    from rounded
    group by trade_id
)

select
    r.trade_id,
    r.provider,
    r.share,
    r.voters,
    cast(case when r.place = 1 then {{ ffe.difference('r.net_pnl_usd', 'o.others') }} else r.credit end as {{ ffe.money_type() }}) as credited_pnl,
    t.asset_pair,
    t.is_mock,
    t.exit_day,
    t.outcome
from rounded as r
inner join totals as o on o.trade_id = r.trade_id
inner join trades as t on t.trade_id = r.trade_id
