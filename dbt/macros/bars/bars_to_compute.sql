{#
    The bars over which the indicators of this run are computed, numbered in their series, as one statement. A full run takes all
    winners. An incremental run takes the winners that changed, what follows them in their series, and as many bars before
    them as the indicators need (`replays`). `is_new` tells the bars whose rows are written.
#}
{% macro bars_to_compute() -%}
{%- set bar_columns = 'open, high, low, close, volume, closed_at, source_provider, provider_count, is_mock, _extracted_at' -%}
{%- set bar_list = bar_columns.split(', ') -%}
{%- set readings = ffe.incremental_readings() if is_incremental() else none -%}
with
{%- if is_incremental() %}
new_bars as (
    {{ ffe.new_bars() }}
),
candidates as (
    select bars.*
    from {{ ffe.changed_bars(readings) }} as bars
    inner join (select distinct asset_pair, timeframe, timestamp from new_bars) as keys
        on keys.asset_pair = bars.asset_pair
        and keys.timeframe = bars.timeframe
        and keys.timestamp = bars.timestamp
),
winners as (
    {{ ffe.winning_bars('candidates') }}
),
changed as (
    select winners.*
    from winners
    left join {{ ffe.stored_bars(readings) }} as stored
        on stored.asset_pair = winners.asset_pair
        and stored.timeframe = winners.timeframe
        and stored.timestamp = winners.timestamp
    where stored.asset_pair is null
        {%- for column in bar_list %}
        or stored.{{ column }} is distinct from winners.{{ column }}
        {%- endfor %}
),
starts as (
    select asset_pair, timeframe, min(timestamp) as changed_from
    from changed
    group by asset_pair, timeframe
),
replays as (
    {{ ffe.replay_from('starts', ffe.stored_bars(readings)) }}
),
bars as (
    select
        stored.asset_pair, stored.timeframe, {{ ffe.zoneless('stored.timestamp') }} as timestamp,
        {% for column in bar_list -%}
        {% if column in ['closed_at', '_extracted_at'] %}{{ ffe.zoneless('stored.' ~ column) }} as {{ column }}{% else %}stored.{{ column }}{% endif %}, {% endfor %}
        stored.timestamp >= replays.changed_from as is_new,
        case when stored.timestamp < replays.changed_from then stored._indicator_state end as saved_state,
        replays.first_seq, replays.obv_before, replays.known_before
    from {{ ffe.stored_bars(readings) }} as stored
    inner join replays
        on replays.asset_pair = stored.asset_pair
        and replays.timeframe = stored.timeframe
        and replays.first_seq <= stored.bar_seq
    left join changed
        on changed.asset_pair = stored.asset_pair
        and changed.timeframe = stored.timeframe
        and changed.timestamp = stored.timestamp
    where changed.asset_pair is null
    union all
    select
        changed.asset_pair, changed.timeframe, changed.timestamp,
        {% for column in bar_list %}changed.{{ column }}, {% endfor %}
        true as is_new,
        cast(null as string) as saved_state,
        replays.first_seq, replays.obv_before, replays.known_before
    from changed
    inner join replays
        on replays.asset_pair = changed.asset_pair
        and replays.timeframe = changed.timeframe
),
{%- else %}
bars as (
    select
        asset_pair, timeframe, timestamp, {{ bar_columns }},
        true as is_new,
        cast(null as string) as saved_state,
        cast(0 as bigint) as first_seq,
        cast(null as decimal(38, 8)) as obv_before,
        cast(null as timestamp) as known_before
    from {{ ref('int_bars') }}
),
{%- endif %}
markets as (
    {{ ffe.markets_of('bars') }}
),
numbered as (
    select
        asset_pair, timeframe, timestamp, {{ bar_columns }}, is_new, saved_state, obv_before,
        cast(first_seq + row_number() over (
            partition by asset_pair, timeframe order by timestamp asc nulls last
        ) - 1 as bigint) as bar_seq,
        lag(closed_at) over (
            partition by asset_pair, timeframe order by timestamp asc nulls last
        ) as closed_before,
        greatest(known_before, max(case when is_new then _extracted_at end) over (
            partition by asset_pair, timeframe
            order by timestamp asc nulls last rows between unbounded preceding and current row
        )) as _known_at
    from bars
)
{{ ffe.with_gaps('numbered') }}
{%- endmacro %}

{#
    From which bar of a series an incremental run reads again, by `bar_seq`, for each series of a relation with the first time
    that changed in it. Other engines compute from as many bars before as any indicator remembers. The embedded one goes on
    from the last saved state.
#}
{% macro replay_from(starts, stored_bars) -%}
    {{ return(adapter.dispatch('replay_from', 'ffe')(starts, stored_bars)) }}
{%- endmacro %}

{% macro default__replay_from(starts, stored_bars) -%}
    select
        starts.asset_pair, starts.timeframe, starts.changed_from,
        cast(greatest(0, coalesce(max(stored.bar_seq) + 1 - {{ ffe.indicator_memory() }}, 0)) as bigint) as first_seq,
        max_by(stored.obv, stored.timestamp) filter (where stored.obv is not null) as obv_before,
        max(stored._known_at) as known_before
    from {{ starts }}
    left join {{ stored_bars }} as stored
        on stored.asset_pair = starts.asset_pair
        and stored.timeframe = starts.timeframe
        and stored.timestamp < starts.changed_from
    group by starts.asset_pair, starts.timeframe, starts.changed_from
{%- endmacro %}

{% macro ffe__replay_from(starts, stored_bars) -%}
    select
        starts.asset_pair, starts.timeframe, starts.changed_from,
        cast(coalesce(max(stored.bar_seq) filter (where stored._indicator_state is not null), 0) as bigint) as first_seq,
        cast(null as decimal(38, 8)) as obv_before,
        max(stored._known_at) as known_before
    from {{ starts }}
    left join {{ stored_bars }} as stored
        on stored.asset_pair = starts.asset_pair
        and stored.timeframe = starts.timeframe
        and stored.timestamp < starts.changed_from
    group by starts.asset_pair, starts.timeframe, starts.changed_from
{%- endmacro %}
