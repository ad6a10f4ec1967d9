{{ config(materialized='table') }}

{#
    A table that each run makes anew: a bar or an article that comes late changes the context of decisions of long ago, and
    decisions are few.
#}

with states as (
    select
        *,
        -- A record is rewritten when its decision is executed, and stays executed; else the state that was read last.
        row_number() over (
            partition by decision_id
            order by executed desc nulls last, _extracted_at desc nulls last, _record_hash desc nulls last
        ) as place,
        count(*) over (partition by decision_id) as record_states
    from {{ ref('stg_ai_decisions') }}
),

decisions as (
    select * from states where place = 1
),

moments as (
    select decision_id as event_id, asset_pair, timestamp as moment from decisions
),

context as (
    {{ ffe.market_context('moments') }}
),

article_states as (
    select
        asset_pair,
        published_at,
        coalesce(try_cast(relevance as decimal(9, 6)), 1) as relevance,
        try_cast(sentiment_score as decimal(9, 6)) as sentiment_score,
        row_number() over (
            partition by article_id, ticker
            order by _extracted_at desc nulls last, _record_hash desc nulls last
        ) as place
    from {{ ref('stg_news_sentiment') }}
),

news as (
    select
        d.decision_id,
        count(*) as articles,
        {{ ffe.ratio('sum(cast(a.relevance as decimal(9, 6)) * a.sentiment_score)', 'sum(a.relevance)') }} as sentiment
    from decisions as d
    inner join article_states as a
        on
            a.asset_pair = d.asset_pair
            and a.published_at <= d.timestamp
            and a.published_at > d.timestamp - interval '24' hour
    where a.place = 1 and a.sentiment_score is not null
    group by d.decision_id
)

select
    d.decision_id,
    d.timestamp,
    d.time_zone_assumed,
    d.asset_pair,
    d.instrument,
    d.action,
    d.policy_action,
    d.direction,
    d.confidence,
    d.ai_provider,
    d.model_name,
    d.decision_origin,
    d.signal_only,
    d.executed,
    d.executed_at,
    d.is_backtest,
    d.kind,
    d.entry_price,
    d.position_size,
    d.stop_loss_price,
    d.market_regime,
    d.reasoning,
    d.voting_strategy,
    d.fallback_tier,
    d.debate_mode,
    d.agreement_score,
    d.providers_failed,
    d.provider_votes,
    d.ensemble_metadata,
    d.market_context,
    d.schema_version,
    case
        when lower(d.voting_strategy) = 'debate' or coalesce(d.debate_mode, false) then 'debate'
        when lower(d.fallback_tier) in ('majority_fallback', 'average_fallback', 'single_provider') then 'fallback'
        when d.ensemble_metadata is not null then 'voting'
        else 'single'
    end as decision_path,
    {% for column in ffe.market_context_columns() %}
    c.{{ column }},
    {% endfor %}
    n.sentiment as news_sentiment_24h,
    coalesce(n.articles, 0) as news_articles_24h,
    upper(nullif(trim(d.market_regime), '')) as engine_regime_reported,
    cast(d.record_states as integer) as record_states,
    d._extracted_at,
    d._ingestion_id,
    d._source_file,
    d._record_hash
from decisions as d
left join context as c on c.event_id = d.decision_id
left join news as n on n.decision_id = d.decision_id
