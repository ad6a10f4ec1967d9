{{
    config(
        unique_key=['asset_pair', 'timeframe', 'timestamp'],
        partition_by=['timeframe', 'partition_date']
    )
}}
-- depends_on: {{ ref('stg_bars') }}
{%- for timeframe in var('timeframes') %}{% do source('bronze', 'raw_market_data_' ~ timeframe) %}{% endfor %}
{% set bars = ffe.bars_to_compute() %}
with enriched as (
    {{ ffe.indicators(bars) }}
)
select
    asset_pair, timeframe, timestamp,
    open, high, low, close, volume, closed_at, source_provider, provider_count, is_mock, _extracted_at,
    bar_seq, gap_bars_before, bar_seq >= 199 as is_warm,
    sma_20, sma_50, sma_200, ema_12, ema_26, ema_50, ema_200, macd, macd_signal, macd_histogram,
    adx_14, plus_di_14, minus_di_14,
    rsi_14, stoch_k, stoch_d, cci_20, willr_14, roc_10, mfi_14,
    atr_14, natr_14, bb_upper, bb_middle, bb_lower, bb_percent_b, bb_bandwidth,
    log_return, realized_vol_30, volatility_ratio,
    donchian_upper_20, donchian_lower_20, obv, cmf_20, vwap_day,
    {{ ffe.regime() }} as regime,
    {{ ffe.regime_direction() }} as regime_direction,
    {{ ffe.engine_regime() }} as engine_regime,
    {{ ffe.trend_direction() }} as trend_direction,
    {{ ffe.trend_strength() }} as trend_strength,
    {{ ffe.signal_strength() }} as signal_strength,
    _known_at,
    _indicator_state,
    {{ ffe.partition_date('timestamp', 'timeframe') }} as partition_date
from enriched
where is_new
