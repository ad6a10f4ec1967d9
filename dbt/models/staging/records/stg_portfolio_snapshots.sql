select
    cast(timestamp as timestamp) as timestamp,
    platform,
    balance,
    equity,
    total_pnl,
    position_count,
    positions,
    cast(_extracted_at as timestamp) as _extracted_at,
    _ingestion_id,
    _source_file,
    _record_hash
from {{ source('bronze', 'raw_portfolio_snapshots') }}
