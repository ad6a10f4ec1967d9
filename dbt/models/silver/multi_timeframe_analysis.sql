{{
    config(
        unique_key=['asset_pair', 'as_of'],
        partition_by=['partition_date']
    )
}}
{%- set timeframes = ffe.pulse_timeframes() -%}
{%- set columns -%}
        bars.asset_pair, bars.timeframe, {{ ffe.zoneless('bars.timestamp') }} as timestamp,
        {{ ffe.zoneless('bars.closed_at') }} as closed_at, bars.close, bars.sma_20, bars.trend_direction, bars.trend_strength,
        bars.signal_strength, bars.rsi_14, bars.macd_histogram, bars.adx_14, bars.natr_14, bars.regime,
        {{ ffe.zoneless('bars._known_at') }} as _known_at
{%- endset -%}
with
{%- if is_incremental() %}
changed as (
    {{ ffe.new_enriched_bars() }}
),
known_before as (
    select bars.asset_pair, bars.timeframe, max(bars.closed_at) as closed_at
    from {{ ref('market_data_enriched') }} as bars
    inner join changed on changed.asset_pair = bars.asset_pair and bars.closed_at <= changed.changed_from
    group by bars.asset_pair, bars.timeframe
),
bars as (
    select
        {{ columns }},
        bars.closed_at >= changed.changed_from as is_new
    from {{ ref('market_data_enriched') }} as bars
    inner join changed on changed.asset_pair = bars.asset_pair
    left join known_before
        on known_before.asset_pair = bars.asset_pair and known_before.timeframe = bars.timeframe
    where bars.closed_at >= coalesce(known_before.closed_at, changed.changed_from)
),
{%- else %}
bars as (
    select
        {{ columns }},
        true as is_new
    from {{ ref('market_data_enriched') }} as bars
),
{%- endif %}
last_closes as (
    select
        asset_pair, timeframe, closed_at, is_new
        {%- for timeframe in timeframes %},
        max(case when timeframe = '{{ timeframe }}' then closed_at end) over (
            partition by asset_pair order by closed_at asc nulls last
        ) as closed_at_{{ timeframe }}
        {%- endfor %}
    from bars
),
pulses as (
    select
        pulse.asset_pair,
        pulse.closed_at as as_of
        {%- for timeframe in timeframes %},
        bar_{{ timeframe }}.trend_direction as direction_{{ timeframe }},
        bar_{{ timeframe }}.trend_strength as strength_{{ timeframe }},
        bar_{{ timeframe }}.signal_strength as signal_strength_{{ timeframe }},
        bar_{{ timeframe }}.rsi_14 as rsi_{{ timeframe }},
        bar_{{ timeframe }}.macd_histogram as macd_histogram_{{ timeframe }},
        bar_{{ timeframe }}.adx_14 as adx_{{ timeframe }},
        bar_{{ timeframe }}.natr_14 as natr_{{ timeframe }},
        bar_{{ timeframe }}.regime as regime_{{ timeframe }},
        bar_{{ timeframe }}.timestamp as bar_timestamp_{{ timeframe }},
        {{ ffe.minutes_between('bar_' ~ timeframe ~ '.closed_at', 'pulse.closed_at') }}
            > 2 * {{ ffe.timeframe_minutes("'" ~ timeframe ~ "'") }} as is_stale_{{ timeframe }}
        {%- endfor %},
        cast(bar_15m.close as double) as close_15m,
        bar_15m.sma_20 as sma_20_15m,
        greatest({% for timeframe in timeframes %}bar_{{ timeframe }}._known_at{{ ', ' if not loop.last }}{% endfor %}) as _known_at
    from last_closes as pulse
    {%- for timeframe in timeframes %}
    left join bars as bar_{{ timeframe }}
        on bar_{{ timeframe }}.asset_pair = pulse.asset_pair
        and bar_{{ timeframe }}.timeframe = '{{ timeframe }}'
        and bar_{{ timeframe }}.closed_at = pulse.closed_at_{{ timeframe }}
    {%- endfor %}
    where pulse.timeframe = '{{ var("pulse_timeframe") }}' and pulse.is_new
),
scores as (
    select
        *,
        {{ ffe.pulse_percent('uptrend') }} as uptrend_pct,
        {{ ffe.pulse_percent('downtrend') }} as downtrend_pct,
        {{ ffe.pulse_buy_signals() }} as buy_signals,
        {{ ffe.pulse_sell_signals() }} as sell_signals
    from pulses
)
select
    asset_pair, as_of
    {%- for timeframe in timeframes %},
    direction_{{ timeframe }}, strength_{{ timeframe }}, signal_strength_{{ timeframe }}, rsi_{{ timeframe }},
    macd_histogram_{{ timeframe }}, adx_{{ timeframe }}, natr_{{ timeframe }}, regime_{{ timeframe }},
    bar_timestamp_{{ timeframe }}, is_stale_{{ timeframe }}
    {%- endfor %},
    uptrend_pct,
    downtrend_pct,
    case
        when uptrend_pct is null then 'unknown'
        when uptrend_pct > {{ var('pulse_consensus_percent') }} then 'uptrend'
        when downtrend_pct > {{ var('pulse_consensus_percent') }} then 'downtrend'
        else 'mixed'
    end as alignment_direction,
    case when uptrend_pct is null then 0e0 else greatest(uptrend_pct, downtrend_pct) end as confluence_strength,
    {{ ffe.pulse_timeframes_known() }} as timeframes_known,
    {{ ffe.pulse_conflicts() }} as conflicts,
    case when buy_signals > sell_signals then 'bullish' when sell_signals > buy_signals then 'bearish' else 'neutral' end as entry_signal,
    buy_signals,
    sell_signals,
    _known_at,
    cast(date_trunc('month', as_of) as date) as partition_date
from scores
