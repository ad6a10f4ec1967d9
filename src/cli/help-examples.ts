/** The examples in the help of a command: calls that work unchanged when there is data. */
export const helpExamples: ReadonlyMap<string, readonly string[]> = new Map([
  ["ffe", ["ffe quickstart", "ffe backfill --assets BTCUSD,ETHUSD --days 7", "ffe table list"]],
  [
    "ffe backfill",
    [
      "ffe backfill --assets BTCUSD,EURUSD --days 7",
      "ffe backfill --assets SOLUSD --timeframes 1h,1d --start 2024-01-01 --dry-run",
      "ffe backfill --news --assets BTCUSD,EURUSD --days 7",
    ],
  ],
  ["ffe import", ["ffe import history.csv --asset BTCUSD --timeframe 1h --provider coinbase --dry-run"]],
  ["ffe import-records", ["ffe import-records data --dry-run", "ffe import-records data"]],
  ["ffe stream", ["ffe stream --source demo", "ffe stream --source file:trades.ndjson --speed 60x"]],
  ["ffe validate", ["ffe validate raw_market_data_1h", "ffe validate --all --json"]],
  ["ffe gaps", ["ffe gaps --assets BTCUSD --timeframes 1h --start 2026-01-01", "ffe gaps --repair"]],
  [
    "ffe dashboards publish",
    ["ffe dashboards publish", "ffe dashboards publish --grafana-url http://localhost:3000"],
  ],
  [
    "ffe metrics serve",
    ["ffe metrics serve", "ffe metrics serve --port 9100 --textfile /var/lib/node_exporter/textfile"],
  ],
  ["ffe freshness", ["ffe freshness", "ffe freshness --assets BTCUSD --timeframes 1m,1h --json"]],
  [
    "ffe transform",
    ["ffe transform build", "ffe transform init desk", "ffe transform build --select +trade_lifecycle+"],
  ],
  [
    "ffe transform build",
    [
      "ffe transform build --storage data/demo",
      "ffe transform build --select tag:daily --exclude resource_type:test",
    ],
  ],
  ["ffe transform docs", ["ffe transform docs generate", "ffe transform docs serve --port 8080"]],
  ["ffe lineage", ["ffe lineage market_data_enriched", "ffe lineage mart_trading_performance --version 0"]],
  [
    "ffe sql",
    [
      'ffe sql "SELECT count(*) FROM raw_market_data_1h"',
      "ffe sql --file report.sql --output report.parquet",
      "ffe sql - --format csv < report.sql",
    ],
  ],
  ["ffe dlq", ["ffe dlq stats", "ffe dlq list --assets BTCUSD", "ffe dlq replay --dry-run"]],
  [
    "ffe table",
    ["ffe table list", "ffe table show raw_market_data_1h", "ffe table vacuum raw_market_data_1m --dry-run"],
  ],
  [
    "ffe table read",
    [
      "ffe table read raw_market_data_1h --where \"asset_pair = 'BTCUSD'\" --order-by 'timestamp DESC' --limit 5",
      "ffe table read raw_market_data_1h --output hours.parquet",
    ],
  ],
  ["ffe table optimize", ["ffe table optimize raw_market_data_1m --zorder timestamp"]],
  ["ffe table restore", ["ffe table restore ops.quality_results --version 0 --dry-run"]],
  [
    "ffe pipeline",
    [
      "ffe pipeline run daily_market_data --dry-run",
      "ffe pipeline run daily_market_data --date 2026-01-31 --from dbt_staging",
      "ffe pipeline backfill daily_market_data --from 2026-01-01 --to 2026-02-01 --dry-run",
      "ffe pipeline export airflow --output dags/ --runner kubernetes --airflow-version 3.3",
    ],
  ],
  [
    "ffe runs",
    ["ffe runs list", "ffe runs show latest", "ffe runs logs latest --follow", "ffe runs retry latest"],
  ],
  ["ffe schedule", ["ffe schedule", "ffe schedule status", "ffe schedule install --systemd"]],
  [
    "ffe doctor",
    ["ffe doctor", "ffe doctor --online", "ffe doctor --only tables --table raw_market_data_1h --json"],
  ],
  ["ffe config", ["ffe config init", "ffe config check", "ffe config show --json"]],
  [
    "ffe completion",
    ['eval "$(ffe completion bash)"', 'eval "$(ffe completion zsh)"', "ffe completion fish | source"],
  ],
]);
