select
    article_id,
    cast(published_at as timestamp) as published_at,
    asset_pair,
    ticker,
    source,
    title,
    url,
    relevance,
    sentiment_score,
    label,
    overall_score,
    topics,
    cast(_extracted_at as timestamp) as _extracted_at,
    _ingestion_id,
    _source_file,
    _record_hash
from {{ source('bronze', 'raw_news_sentiment') }}
