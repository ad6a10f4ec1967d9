/**
 * Every key with its default, for `ffe config init` and docs/ingestion.md. Keys without a default are comments. A test
 * compares it with the schema.
 */
export const configTemplate = `delta_lake:
  storage_path: data/delta_lake # a folder, or s3://bucket/prefix
  partition_granularity: by_timeframe # or day: daily partitions for every timeframe
retry:
  patience: 15m # how long a run waits in all while no provider can serve; 0 for scripts
ingestion:
  assets: [] # what ffe backfill fetches without --assets, such as [BTCUSD, ETHUSD, EURUSD]
  timeframes: [1m, 5m, 15m, 1h, 4h, 1d]
  # start: 2024-01-01 # where a backfill begins without --start or --days
  revision_window: 0 # bars behind the watermark that each run fetches again
  price_limits: {} # such as XYZUSD: [0, 1]; see Row checks
  volume_limits: {}
market: # what the symbol of an asset does not tell, by asset or by a pattern such as "*.L"
  calendars: {} # such as { "VOD.L": london, "ABC": new_york }
  sessions: {} # regular or extended hours of stocks; found from the bars when left out
freshness: # how late a bar may be, from when it is over, by the hours of its market
  warn_after: 5m
  error_after: 1h
  # timeframes: # other limits for some of them
  #   1d: { warn_after: 6h, error_after: 2d }
data_quality:
  validate_ingestion: true # hold what a backfill added against the suite
  suite: market_data_quality # or a file
  # data_docs_path: the folder of Data Docs; data_docs beside the lake when left out
dead_letter_queue:
  path: data/dlq
  max_rejected_share: 0.05 # beyond it a run fails
providers:
  default: auto
  chain: [alpha_vantage, coinbase, oanda] # which providers auto asks, in this order
  custom: [] # modules with providers of your own, such as ./my-exchange.mjs; see docs/add-an-exchange.md
  coinbase: {} # base_url, stream_url, requests_per_second, requests_per_day
  oanda: {} # the same; base_url is the practice server unless set
  alpha_vantage:
    plan: free # or the requests a minute of a premium plan: 75, 150, 300, 600, 1200; and the keys above
  demo:
    seed: 42
    dirty_rows: false
symbols: {} # how a provider spells an asset, such as coinbase: { LUNCUSD: LUNA-USD }; for requests and for its files
state:
  path: data/state # quotas used, how providers were doing, runs of pipelines; with --storage DIR: DIR/state
pipelines: {} # your own, or what is different of a built-in one; see docs/operations.md
streams: {} # by name, such as replay: { source: "file:trades.ndjson", interval: 5s }; see docs/streaming.md
orchestration:
  modules: [] # with pipelines of your own in TypeScript, such as ./pipelines.ts
alerts: # who is told of runs that fail or are late; see docs/operations.md
  receivers: {} # such as team: { type: slack }, whose address is in SLACK_WEBHOOK_URL
  # on_failure: [team] # all receivers when left out
  # on_late: [team]
  # on_recovered: [team]
lineage: {} # where events of OpenLineage go: file, url, namespace; see docs/operations.md
metrics:
  record: true # commands note what they counted in ops.pipeline_metrics
  asset_label: on # off: ffe metrics serve adds all assets up, for hundreds of them
  # grafana_url: http://localhost:3000 # where ffe dashboards publish finds Grafana; its token is GRAFANA_TOKEN
engine: {} # memory_limit (such as 4GB), threads
`;
