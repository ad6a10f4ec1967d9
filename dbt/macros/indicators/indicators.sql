{#
    The bars of a statement (see `bars_to_compute`) with the columns of all indicators behind their own. The embedded engine runs
    the kernels of `finance-feedback-pipelines/indicators` over them; other engines compute the same in SQL.
#}
{% macro indicators(bars) -%}
    {{ return(adapter.dispatch('indicators', 'ffe')(bars)) }}
{%- endmacro %}

{% macro ffe__indicators(bars) -%}
    select * from {{ adapter.ffe_indicators(bars, {
        'macd': var('macd'),
        'bollinger': var('bollinger'),
        'stochastic': var('stochastic'),
        'volatility_baseline': var('volatility_baseline')
    }) }}
{%- endmacro %}

{% macro default__indicators(bars) -%}
{%- set macd = var('macd') -%}
{%- set bollinger = var('bollinger') -%}
{%- set stochastic = var('stochastic') -%}
{%- set baseline = var('volatility_baseline') -%}
{%- set key = 'asset_pair, timeframe, bar_seq' -%}
{%- set signal_first = macd.slow + macd.signal - 2 -%}
{%- set means = [5, 12, 20, 26, 50, 200] -%}
{%- for bars in [macd.fast, macd.slow] if bars not in means -%}{%- do means.append(bars) -%}{%- endfor -%}
{%- set larger_move -%}
    (cast(high as double) - cast(high_before as double)) - (cast(low_before as double) - cast(low as double))
{%- endset -%}
{%- set willr -%}
    case when sums.highest_14 = sums.lowest_14 then 0e0 else
        cast(sums.highest_14 - bars.close as double) / nullif(cast(sums.highest_14 - sums.lowest_14 as double) / -100e0, 0e0)
    end
{%- endset -%}
{%- set percent_b -%}
    case when spreads.bollinger_distance = 0e0 then 0e0 else
        (sums.price - (sums.bollinger_mean - spreads.bollinger_distance)) / nullif(2e0 * spreads.bollinger_distance, 0e0)
    end
{%- endset -%}
with
bars as (
    {{ bars }}
),
befores as (
    select
        asset_pair, timeframe, bar_seq, timestamp, high, low, close, volume, is_new, obv_before,
        high + low + close as three_prices,
        {{ ffe.before('high', 1) }} as high_before,
        {{ ffe.before('low', 1) }} as low_before,
        {{ ffe.before('close', 1) }} as close_before,
        {{ ffe.before('high + low + close', 1) }} as three_prices_before
    from bars
),
moves as (
    select
        *,
        case when close > close_before then close - close_before else cast(0 as decimal(19, 8)) end as rise,
        case when close < close_before then close_before - close else cast(0 as decimal(19, 8)) end as fall,
        greatest(high - low, abs(high - close_before), abs(low - close_before)) as true_range,
        -- Which move is the larger one is told from doubles, as in TA-Lib.
        case when high > high_before and {{ larger_move }} > 0e0
            then high - high_before else cast(0 as decimal(19, 8)) end as up_move,
        case when low < low_before and {{ larger_move }} < 0e0
            then low_before - low else cast(0 as decimal(19, 8)) end as down_move
    from befores
),
sums as (
    select
        asset_pair, timeframe, bar_seq, high, low, close, volume, three_prices, true_range, up_move, down_move, rise, fall,
        {%- for bars in means %}
        {{ ffe.exact_sum('close', bars) }} / {{ bars }}e0 as mean_{{ bars }},
        {%- endfor %}
        {{ ffe.exact_sum('rise', 14) }} / 14e0 as first_rise,
        {{ ffe.exact_sum('fall', 14) }} / 14e0 as first_fall,
        {{ ffe.exact_sum('true_range', 14) }} / 14e0 as first_true_range,
        {{ ffe.exact_sum('true_range', 13) }} as first_range,
        {{ ffe.exact_sum('up_move', 13) }} as first_up,
        {{ ffe.exact_sum('down_move', 13) }} as first_down,
        max(high) over {{ ffe.newest(14) }} as highest_14,
        min(low) over {{ ffe.newest(14) }} as lowest_14,
        max(high) over {{ ffe.newest(20) }} as highest_20,
        min(low) over {{ ffe.newest(20) }} as lowest_20,
        max(high) over {{ ffe.newest(stochastic.period) }} as highest_stochastic,
        min(low) over {{ ffe.newest(stochastic.period) }} as lowest_stochastic,
        {{ ffe.exact_sum('close', bollinger.period) }} / {{ bollinger.period }}e0 as bollinger_mean,
        max(close) over {{ ffe.newest(bollinger.period) }} = min(close) over {{ ffe.newest(bollinger.period) }} as is_bollinger_flat,
        {{ ffe.exact_sum('three_prices', 20) }} / 60e0 as typical_mean,
        max(three_prices) over {{ ffe.newest(20) }} = min(three_prices) over {{ ffe.newest(20) }} as is_typical_flat,
        {{ ffe.exact_sum('volume', 20) }} as volume_20,
        case
            when volume is null then null
            else cast(cast(coalesce(obv_before, cast(0 as decimal(38, 8))) as decimal(36, 8)) + cast(coalesce(sum(case
                when not is_new then null
                when bar_seq = 0 or close > close_before then volume
                when close < close_before then -volume
            end) over (
                partition by asset_pair, timeframe order by bar_seq asc nulls last rows between unbounded preceding and current row
            ), cast(0 as decimal(38, 8))) as decimal(36, 8)) as decimal(38, 8))
        end as obv,
        cast(sum(cast(cast(three_prices as double) / 3e0 * cast(volume as double) as decimal(38, 16))) over (
            partition by asset_pair, timeframe, cast(timestamp as date)
            order by bar_seq asc nulls last rows between unbounded preceding and current row
        ) as double) as money_of_day,
        cast(sum(volume) over (
            partition by asset_pair, timeframe, cast(timestamp as date)
            order by bar_seq asc nulls last rows between unbounded preceding and current row
        ) as double) as volume_of_day,
        cast(close as double) as price,
        cast(three_prices as double) / 3e0 as typical,
        case
            when bar_seq = 0 or volume is null then null
            when three_prices > three_prices_before then 1e0
            when three_prices < three_prices_before then -1e0
            else 0e0
        end * (cast(three_prices as double) / 3e0) * cast(volume as double) as money,
        case
            when volume is null then null
            when high > low then
                cast((close - low) - (high - close) as double) / nullif(cast(high - low as double), 0e0) * cast(volume as double)
            else 0e0
        end as flow,
        case when close_before > 0 and close > 0 then ln(cast(close as double) / nullif(cast(close_before as double), 0e0)) end as log_return
    from moves
),
{% for period in [12, 26, 50, 200] -%}
ema_{{ period }} as (
    {{ ffe.linear_recurrence('sums', period, period - 1, [{'name': 'ema_' ~ period, 'input': 'price', 'seed': 'mean_' ~ period}]) }}
),
{% endfor -%}
macd_fast as (
    {{ ffe.linear_recurrence('sums', macd.fast, macd.slow - 1, [{'name': 'mean', 'input': 'price', 'seed': 'mean_' ~ macd.fast}]) }}
),
macd_slow as (
    {% if macd.slow == 26 -%}
    select asset_pair, timeframe, bar_seq, ema_26 as mean from ema_26
    {%- else -%}
    {{ ffe.linear_recurrence('sums', macd.slow, macd.slow - 1, [{'name': 'mean', 'input': 'price', 'seed': 'mean_' ~ macd.slow}]) }}
    {%- endif %}
),
macd_lines as (
    select fast.asset_pair, fast.timeframe, fast.bar_seq, fast.mean - slow.mean as line
    from macd_fast as fast
    inner join macd_slow as slow
        on slow.asset_pair = fast.asset_pair and slow.timeframe = fast.timeframe and slow.bar_seq = fast.bar_seq
),
macd_seeds as (
    select {{ key }}, line, {{ ffe.sum_of_newest('line', macd.signal) }} / {{ macd.signal }}e0 as first_signal
    from macd_lines
),
macd_signals as (
    {{ ffe.linear_recurrence('macd_seeds', macd.signal, signal_first, [{'name': 'macd_signal', 'input': 'line', 'seed': 'first_signal'}]) }}
),
wilder as (
    {{ ffe.linear_recurrence('sums', 27, 14, [
        {'name': 'mean_rise', 'input': 'cast(rise as double)', 'seed': 'first_rise'},
        {'name': 'mean_fall', 'input': 'cast(fall as double)', 'seed': 'first_fall'},
        {'name': 'atr_14', 'input': 'cast(true_range as double)', 'seed': 'first_true_range'}
    ], depth=6) }}
),
directions as (
    {{ ffe.linear_recurrence('sums', 27, 13, [
        {'name': 'ranges', 'input': 'cast(true_range as double)', 'seed': 'first_range'},
        {'name': 'ups', 'input': 'cast(up_move as double)', 'seed': 'first_up'},
        {'name': 'downs', 'input': 'cast(down_move as double)', 'seed': 'first_down'}
    ], gain='1e0', depth=6) }}
),
directional as (
    select
        {{ key }},
        100e0 * {{ ffe.share('ups', 'ranges') }} as plus_di_14,
        100e0 * {{ ffe.share('downs', 'ranges') }} as minus_di_14
    from directions
    where bar_seq >= 14
),
directedness as (
    select
        *,
        100e0 * {{ ffe.share('abs(plus_di_14 - minus_di_14)', '(plus_di_14 + minus_di_14)') }} as dx
    from directional
),
directedness_seeds as (
    select *, {{ ffe.sum_of_newest('dx', 14) }} / 14e0 as first_adx
    from directedness
),
adxs as (
    {{ ffe.linear_recurrence('directedness_seeds', 27, 27, [{'name': 'adx_14', 'input': 'dx', 'seed': 'first_adx'}], depth=6) }}
),
volatilities as (
    select sums.asset_pair, sums.timeframe, sums.bar_seq, wilder.atr_14 / nullif(sums.price, 0e0) * 100e0 as natr_14
    from sums
    inner join wilder
        on wilder.asset_pair = sums.asset_pair and wilder.timeframe = sums.timeframe and wilder.bar_seq = sums.bar_seq
),
usual_volatilities as (
    select
        *,
        cast(sum(cast(natr_14 as decimal(38, 18))) over (
            partition by asset_pair, timeframe order by bar_seq asc nulls last rows between {{ baseline }} preceding and 1 preceding
        ) as double) / {{ baseline }}e0 as usual_natr
    from volatilities
),
raw_stochastics as (
    select
        {{ key }},
        case when highest_stochastic = lowest_stochastic then 0e0 else
            cast(close - lowest_stochastic as double) / nullif(cast(highest_stochastic - lowest_stochastic as double) / 100e0, 0e0)
        end as raw_k
    from sums
    where bar_seq >= {{ stochastic.period - 1 }}
),
stochastics as (
    select {{ key }}, {{ ffe.sum_of_newest('raw_k', stochastic.k) }} / {{ stochastic.k }}e0 as stoch_k
    from raw_stochastics
),
stochastic_means as (
    select {{ key }}, stoch_k, {{ ffe.sum_of_newest('stoch_k', stochastic.d) }} / {{ stochastic.d }}e0 as stoch_d
    from stochastics
),
recent as (
    select
        {{ key }}, price, typical, bollinger_mean, is_bollinger_flat, typical_mean, is_typical_flat, volume_20, log_return,
        {{ ffe.sum_of_newest('money', 14) }} as net_money,
        {{ ffe.sum_of_newest('abs(money)', 14) }} as all_money,
        {{ ffe.sum_of_newest('flow', 20) }} as flow_20,
        {{ ffe.sum_of_newest('log_return', 30) }} / 30e0 as mean_return,
        (price / nullif({{ ffe.before('price', 10) }}, 0e0) - 1e0) * 100e0 as roc_10
        {%- for back in range(1, bollinger.period) %},
        {{ ffe.before('price', back) }} as price_{{ back }}
        {%- endfor %}
        {%- for back in range(1, 20) %},
        {{ ffe.before('typical', back) }} as typical_{{ back }}
        {%- endfor %}
        {%- for back in range(1, 30) %},
        {{ ffe.before('log_return', back) }} as return_{{ back }}
        {%- endfor %}
    from sums
),
spreads as (
    select
        {{ key }}, price, bollinger_mean, volume_20, net_money, all_money, flow_20, roc_10,
        case when is_bollinger_flat then 0e0 else {{ bollinger.deviations }} * sqrt((
            {%- for back in range(bollinger.period - 1, 0, -1) %}(price_{{ back }} - bollinger_mean) * (price_{{ back }} - bollinger_mean) + {% endfor -%}
            (price - bollinger_mean) * (price - bollinger_mean)
        ) / {{ bollinger.period }}e0) end as bollinger_distance,
        case when is_typical_flat then 0e0 else (typical - typical_mean) / nullif(0.015e0 * ((
            {%- for back in range(19, 0, -1) %}abs(typical_{{ back }} - typical_mean) + {% endfor -%}
            abs(typical - typical_mean)
        ) / 20e0), 0e0) end as cci_20,
        sqrt((
            {%- for back in range(29, 0, -1) %}(return_{{ back }} - mean_return) * (return_{{ back }} - mean_return) + {% endfor -%}
            (log_return - mean_return) * (log_return - mean_return)
        ) / 29e0) as realized_vol_30
    from recent
)
select
    bars.*,
    {% for period in [5, 20, 50, 200] -%}
    {{ ffe.from_bar(period - 1, 'sums.mean_' ~ period) }} as sma_{{ period }},
    {% endfor -%}
    {% for period in [12, 26, 50, 200] -%}
    ema_{{ period }}.ema_{{ period }},
    {% endfor -%}
    case when macd_signals.macd_signal is not null then macd_seeds.line end as macd,
    macd_signals.macd_signal,
    macd_seeds.line - macd_signals.macd_signal as macd_histogram,
    adxs.adx_14,
    directional.plus_di_14,
    directional.minus_di_14,
    {{ ffe.from_bar(14, '100e0 * ' ~ ffe.share('wilder.mean_rise', '(wilder.mean_rise + wilder.mean_fall)')) }} as rsi_14,
    case when stochastic_means.stoch_d is not null then stochastic_means.stoch_k end as stoch_k,
    stochastic_means.stoch_d,
    {{ ffe.from_bar(19, 'spreads.cci_20') }} as cci_20,
    {{ ffe.from_bar(13, willr) }} as willr_14,
    spreads.roc_10,
    case
        when spreads.all_money = 0e0 then 0e0 else 50e0 * (1e0 + spreads.net_money / nullif(spreads.all_money, 0e0))
    end as mfi_14,
    wilder.atr_14,
    usual_volatilities.natr_14,
    {{ ffe.from_bar(bollinger.period - 1, 'sums.bollinger_mean + spreads.bollinger_distance') }} as bb_upper,
    {{ ffe.from_bar(bollinger.period - 1, 'sums.bollinger_mean') }} as bb_middle,
    {{ ffe.from_bar(bollinger.period - 1, 'sums.bollinger_mean - spreads.bollinger_distance') }} as bb_lower,
    {{ ffe.from_bar(bollinger.period - 1, percent_b) }} as bb_percent_b,
    {{ ffe.from_bar(bollinger.period - 1, '2e0 * spreads.bollinger_distance / nullif(sums.bollinger_mean, 0e0)') }} as bb_bandwidth,
    sums.log_return,
    spreads.realized_vol_30,
    {{ ffe.from_bar(14 + baseline, ffe.share('usual_volatilities.natr_14', 'usual_volatilities.usual_natr')) }} as volatility_ratio,
    {{ ffe.from_bar(19, 'cast(sums.highest_20 as double)') }} as donchian_upper_20,
    {{ ffe.from_bar(19, 'cast(sums.lowest_20 as double)') }} as donchian_lower_20,
    sums.obv,
    case
        when spreads.flow_20 is null then null
        when spreads.volume_20 = 0e0 then 0e0
        else spreads.flow_20 / nullif(spreads.volume_20, 0e0)
    end as cmf_20,
    case when bars.volume is not null then sums.money_of_day / nullif(sums.volume_of_day, 0e0) end as vwap_day,
    cast(null as string) as _indicator_state
from bars
inner join sums
    on sums.asset_pair = bars.asset_pair and sums.timeframe = bars.timeframe and sums.bar_seq = bars.bar_seq
inner join spreads
    on spreads.asset_pair = bars.asset_pair and spreads.timeframe = bars.timeframe and spreads.bar_seq = bars.bar_seq
{%- for relation in ['ema_12', 'ema_26', 'ema_50', 'ema_200', 'macd_seeds', 'macd_signals', 'wilder', 'directional', 'adxs', 'usual_volatilities', 'stochastic_means'] %}
left join {{ relation }}
    on {{ relation }}.asset_pair = bars.asset_pair and {{ relation }}.timeframe = bars.timeframe and {{ relation }}.bar_seq = bars.bar_seq
{%- endfor %}
{%- endmacro %}
