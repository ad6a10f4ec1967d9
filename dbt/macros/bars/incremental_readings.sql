{#
    What an incremental run of the enriched bars has to read, so that it costs in proportion to what is new: for each timeframe
    that has new bars the time of the first of them (`changed_from`), and the time from which stored bars are needed
    (`stored_from`, none for all of them). None where the engine does not tell: then all is read.
#}
{% macro incremental_readings() -%}
    {{ return(adapter.dispatch('incremental_readings', 'ffe')()) }}
{%- endmacro %}

{% macro default__incremental_readings() -%}
    {{ return(none) }}
{%- endmacro %}

{#
    Stored bars are needed from the last saved state before the first change. It is looked for in a window of eight times the
    bars that lie between two states. Where a series has none there, all its bars are needed.
#}
{% macro ffe__incremental_readings() -%}
    {%- if not execute or 'model.ffe.stg_bars' not in model.depends_on.nodes -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set readings = {} -%}
    {%- set firsts = run_query(
        'select timeframe, cast(min(timestamp) as varchar) as changed_from, cast(min(timestamp) - to_minutes(cast(8 * 1024 * '
        ~ ffe.timeframe_minutes('timeframe') ~ ' as bigint)) as varchar) as window_from from (' ~ ffe.new_bars()
        ~ ') as new_bars group by timeframe order by timeframe'
    ) -%}
    {%- for first in firsts.rows -%}
        {%- set states = run_query(
            'select case when count(*) = count(state_at) then cast(min(state_at) as varchar) end as stored_from from ('
            ~ ' select keys.asset_pair, max(states.timestamp) as state_at from ('
            ~ '  select asset_pair, min(timestamp) as changed_from from (' ~ ffe.new_bars() ~ ') as new_bars'
            ~ "  where timeframe = '" ~ first['timeframe'] ~ "' group by asset_pair) as keys"
            ~ ' left join (select asset_pair, ' ~ ffe.zoneless('timestamp') ~ ' as timestamp from ' ~ this
            ~ "  where timeframe = '" ~ first['timeframe'] ~ "' and _indicator_state is not null"
            ~ "  and timestamp >= timestamptz '" ~ first['window_from'] ~ "+00') as states"
            ~ ' on states.asset_pair = keys.asset_pair and states.timestamp < keys.changed_from'
            ~ ' group by keys.asset_pair) as series'
        ) -%}
        {%- set stored_from = states.rows[0]['stored_from'] -%}
        {%- do readings.update({first['timeframe']: {
            'changed_from': first['changed_from'] ~ '+00',
            'stored_from': stored_from ~ '+00' if stored_from is not none else none,
        }}) -%}
    {%- endfor -%}
    {{ return(readings) }}
{%- endmacro %}

{# The stored bars of this model that an incremental run needs, as a FROM item. #}
{% macro stored_bars(readings) -%}
{%- if readings is none -%}
{{ this }}
{%- elif readings -%}
(
    {%- for timeframe, times in readings.items() %}
    select * from {{ this }}
    where timeframe = '{{ timeframe }}'
    {%- if times.stored_from is not none %} and timestamp >= timestamptz '{{ times.stored_from }}'{% endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)
{%- else -%}
(select * from {{ this }} where false)
{%- endif -%}
{%- endmacro %}

{# The bars of Bronze among which the changed ones are, as a FROM item. #}
{% macro changed_bars(readings) -%}
{%- if readings is none -%}
{{ ref('stg_bars') }}
{%- elif readings -%}
({{ ffe.staged_bars(readings) }})
{%- else -%}
(select * from {{ ref('stg_bars') }} where false)
{%- endif -%}
{%- endmacro %}
