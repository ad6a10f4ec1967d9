{#
    What each regime of a market is like, and how trades that were entered in it went, by pair, timeframe, regime and is_mock (of
    the bars, and of the trades).
#}

with bars as (
    select
        asset_pair,
        timeframe,
        is_mock,
        regime,
        lag(regime) over (
            partition by asset_pair, timeframe, is_mock order by timestamp nulls last
        ) as regime_before,
        {{ ffe.summand('lead(log_return) over (partition by asset_pair, timeframe, is_mock order by timestamp nulls last)') }}
            as next_return
    from {{ ref('market_data_enriched') }}
),

means as (
    select
        asset_pair,
        timeframe,
        is_mock,
        regime,
        count(*) as bars,
        count(case when regime_before is null or regime_before <> regime then 1 end) as spells,
        count(next_return) as returns,
        {{ ffe.ratio('sum(next_return)', 'count(next_return)') }} as next_bar_drift
    from bars
    where regime is not null
    group by asset_pair, timeframe, is_mock, regime
),

spreads as (
    select
        b.asset_pair,
        b.timeframe,
        b.is_mock,
        b.regime,
        sum({{ ffe.summand(
            '(cast(b.next_return as double) - m.next_bar_drift) * (cast(b.next_return as double) - m.next_bar_drift)', 32
        ) }}) as squares
    from bars as b
    inner join means as m
        on m.asset_pair = b.asset_pair and m.timeframe = b.timeframe and m.is_mock = b.is_mock and m.regime = b.regime
    where abs(b.next_return) < 100
    group by b.asset_pair, b.timeframe, b.is_mock, b.regime
),

bar_stats as (
    select
        m.*,
        sum(m.bars) over (partition by m.asset_pair, m.timeframe, m.is_mock) as known_bars,
        sqrt(cast(s.squares as double) / nullif(m.returns - 1, 0)) as next_bar_deviation
    from means as m
    left join spreads as s
        on s.asset_pair = m.asset_pair and s.timeframe = m.timeframe and s.is_mock = m.is_mock and s.regime = m.regime
),

entries as (
    select t.trade_id as event_id, t.asset_pair, f.timeframe, t.entry_time as moment
    from {{ ref('int_counted_trades') }} as t
    cross join (select distinct timeframe from {{ ref('market_data_enriched') }}) as f
    where t.is_closed and t.entry_time is not null
),

closes as (
    select b.asset_pair, b.timeframe, b.closed_at as moment
    from {{ ref('market_data_enriched') }} as b
    inner join (select distinct asset_pair from entries) as e on e.asset_pair = b.asset_pair
),

-- A bar of long ago tells nothing of the entry.
last_bars as (
    select
        event_id,
        asset_pair,
        timeframe,
        case when last_moment >= moment - interval '{{ var("max_bar_age_days") }}' day then last_moment end as closed_at
    from (
        {{ ffe.last_at_or_before('entries', 'closes', ['asset_pair', 'timeframe']) }}
    ) as every_last_bar
),

trades as (
    select
        t.asset_pair,
        l.timeframe,
        t.is_mock,
        coalesce(b.regime, 'unknown') as regime,
        count(*) as trades,
        count(case when t.outcome = 'win' then 1 end) as wins,
        count(case when t.outcome = 'loss' then 1 end) as losses,
        count(t.net_pnl_usd) as valued_trades,
        sum(t.net_pnl_usd) as net_pnl_usd
    from last_bars as l
    inner join {{ ref('int_counted_trades') }} as t on t.trade_id = l.event_id
    left join {{ ref('market_data_enriched') }} as b
        on b.asset_pair = l.asset_pair
        and b.timeframe = l.timeframe
        and b.closed_at = l.closed_at
    group by t.asset_pair, l.timeframe, t.is_mock, coalesce(b.regime, 'unknown')
)

select
    coalesce(s.asset_pair, t.asset_pair) as asset_pair,
    coalesce(s.timeframe, t.timeframe) as timeframe,
    coalesce(s.regime, t.regime) as regime,
    coalesce(s.is_mock, t.is_mock) as is_mock,
    cast(coalesce(s.bars, 0) as bigint) as bars,
    {{ ffe.ratio('s.bars', 's.known_bars') }} as bar_share,
    cast(coalesce(s.spells, 0) as bigint) as spells,
    {{ ffe.ratio('s.bars', 's.spells') }} as mean_spell_bars,
    s.next_bar_drift,
    s.next_bar_deviation,
    cast(coalesce(t.trades, 0) as integer) as trades,
    cast(coalesce(t.wins, 0) as integer) as wins,
    cast(coalesce(t.losses, 0) as integer) as losses,
    {{ ffe.ratio('t.wins', 't.wins + t.losses') }} as win_rate,
    {{ ffe.ratio('t.net_pnl_usd', 't.valued_trades') }} as expectancy,
    cast(coalesce(t.net_pnl_usd, 0) as decimal(38, 12)) as net_pnl_usd
from bar_stats as s
full outer join trades as t
    on t.asset_pair = s.asset_pair and t.timeframe = s.timeframe and t.is_mock = s.is_mock and t.regime = s.regime
