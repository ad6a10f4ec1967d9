{# The context of a decision is of bars that had closed by then, and of the newest of them. #}

select d.decision_id, d.timestamp, b.timeframe, b.closed_at
from {{ ref('decision_history') }} as d
inner join {{ ref('market_data_enriched') }} as b
    on b.asset_pair = d.asset_pair and b.timeframe in {{ ffe.text_list(ffe.context_timeframes()) }}
where
    b.closed_at <= d.timestamp
    and (
        {% for timeframe in ffe.context_timeframes() %}
        {% if not loop.first %}or {% endif -%}
        (b.timeframe = '{{ timeframe }}' and coalesce(b.timestamp > d.bar_timestamp_{{ timeframe }}, true))
        {% endfor %}
    )
union all
select decision_id, timestamp, 'negative age' as timeframe, cast(null as timestamp) as closed_at
from {{ ref('decision_history') }}
where
    {% for timeframe in ffe.context_timeframes() %}
    {% if not loop.first %}or {% endif -%}
    bar_age_seconds_{{ timeframe }} < 0
    {% endfor %}
