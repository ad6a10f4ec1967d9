{# The timeframes whose bars tell how a market stood when something was decided or a trade was entered. #}
{% macro context_timeframes() -%}
    {{ return(['1h', '1d']) }}
{%- endmacro %}

{# The columns that market_context yields, without event_id: a name and its type, in their order. #}
{% macro market_context_columns() -%}
    {% set columns = [] %}
    {% for timeframe in ffe.context_timeframes() %}
        {% for column in ['close', 'rsi_14', 'adx_14', 'natr_14', 'regime', 'bar_timestamp', 'bar_age_seconds'] %}
            {% do columns.append(column ~ '_' ~ timeframe) %}
        {% endfor %}
    {% endfor %}
    {% do columns.extend(['pulse_alignment_direction', 'pulse_confluence_strength']) %}
    {{ return(columns) }}
{%- endmacro %}

{#
    How the market stood at events: of each timeframe the last bar that had closed by then, and the last pulse. A bar that
    closes later changes nothing.

    events: a relation with event_id, asset_pair and moment (asset_pair may be null: then all is null).
#}
{% macro market_context(events) -%}
    select
        e.event_id,
        {% for timeframe in ffe.context_timeframes() %}
        {% for column in ['close', 'rsi_14', 'adx_14', 'natr_14', 'regime'] %}
        max(case when b.timeframe = '{{ timeframe }}' then b.{{ column }} end) as {{ column }}_{{ timeframe }},
        {% endfor %}
        max(case when b.timeframe = '{{ timeframe }}' then b.timestamp end) as bar_timestamp_{{ timeframe }},
        max(case when b.timeframe = '{{ timeframe }}' then {{ ffe.seconds_between('b.closed_at', 'e.moment') }} end)
            as bar_age_seconds_{{ timeframe }},
        {% endfor %}
        max(p.alignment_direction) as pulse_alignment_direction,
        max(p.confluence_strength) as pulse_confluence_strength
    from {{ events }} as e
    left join (
        {{ ffe.last_at_or_before(
            '(select e.event_id, e.asset_pair, t.timeframe, e.moment from ' ~ events ~ ' as e cross join '
                ~ ffe.rows_of('timeframe', ffe.context_timeframes()) ~ ' as t where e.asset_pair is not null) as context_events',
            '(select asset_pair, timeframe, closed_at as moment from ' ~ ref('market_data_enriched')
                ~ ' where timeframe in ' ~ ffe.text_list(ffe.context_timeframes()) ~ ') as context_bars',
            ['asset_pair', 'timeframe']
        ) }}
    ) as last_bar on last_bar.event_id = e.event_id
    left join {{ ref('market_data_enriched') }} as b
        on b.asset_pair = last_bar.asset_pair and b.timeframe = last_bar.timeframe and b.closed_at = last_bar.last_moment
    left join (
        {{ ffe.last_at_or_before(
            '(select event_id, asset_pair, moment from ' ~ events ~ ' as e where asset_pair is not null) as pulse_events',
            '(select asset_pair, as_of as moment from ' ~ ref('multi_timeframe_analysis') ~ ') as pulses',
            ['asset_pair']
        ) }}
    ) as last_pulse on last_pulse.event_id = e.event_id
    left join {{ ref('multi_timeframe_analysis') }} as p
        on p.asset_pair = last_pulse.asset_pair and p.as_of = last_pulse.last_moment
    group by e.event_id
{%- endmacro %}

{# ('a', 'b') #}
{% macro text_list(texts) -%}
    ('{{ texts | join("', '") }}')
{%- endmacro %}

{# A relation of one column with a row for each text. #}
{% macro rows_of(column, texts) -%}
    ({% for text in texts %}{% if not loop.first %} union all {% endif %}select '{{ text }}' as {{ column }}{% endfor %})
{%- endmacro %}
