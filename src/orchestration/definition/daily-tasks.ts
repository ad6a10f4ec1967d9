import type { TaskDefinition } from "./pipeline-definition.ts";

/** 5, 10 and 20 minutes. */
const retries: readonly number[] = [300, 600, 1200];

const timeframes: readonly string[] = ["1m", "5m", "15m", "1h", "4h", "1d"];

const plain = { dependsOn: [], trigger: "all_success", retries, outlets: [] } as const;

/** Fetches the bars up to the end of the day. What is covered already is not fetched again; the next task validates. */
export const ingestHistoricalOhlc: TaskDefinition = {
  ...plain,
  id: "ingest_historical_ohlc",
  argv: ["ffe", "backfill", "--end", "{next_date}", "--no-validate"],
  timeoutSeconds: 2 * 3600,
  fanOut: "assets",
  outlets: timeframes.map((timeframe) => `bronze.raw_market_data_${timeframe}`),
};

/** Validates the bars that were not validated yet against their suite, compared with all that are stored. */
export const validateDataQuality: TaskDefinition = {
  ...plain,
  id: "validate_data_quality",
  argv: ["ffe", "validate", "--all", "--new"],
  timeoutSeconds: 3600,
};

/** Loads the seeds, and builds the staging models and Silver. The tests are another task. */
export const dbtStaging: TaskDefinition = {
  ...plain,
  id: "dbt_staging",
  argv: wordsOf(
    "ffe transform build --select resource_type:seed staging intermediate silver --exclude resource_type:test",
  ),
  timeoutSeconds: 3600,
  outlets: [
    "silver.market_data_enriched",
    "silver.multi_timeframe_analysis",
    "silver.decision_history",
    "silver.trade_lifecycle",
  ],
};

/** Builds the marts. */
export const dbtMarts: TaskDefinition = {
  ...plain,
  id: "dbt_marts",
  argv: ["ffe", "transform", "run", "--select", "marts"],
  timeoutSeconds: 3600,
  outlets: [
    "gold.mart_trading_performance",
    "gold.mart_provider_attribution",
    "gold.mart_ensemble_effectiveness",
    "gold.mart_market_regime_stats",
    "gold.mart_daily_portfolio_summary",
  ],
};

/** Runs the data tests of all models. */
export const dbtTests: TaskDefinition = {
  ...plain,
  id: "dbt_tests",
  argv: ["ffe", "transform", "test"],
  timeoutSeconds: 3600,
};

/** Compacts the small files of all tables. */
export const optimizeTables: TaskDefinition = {
  ...plain,
  id: "optimize_tables",
  argv: ["ffe", "table", "optimize", "--all", "--if-needed"],
  timeoutSeconds: 2 * 3600,
};

/** Uploads the dashboards to Grafana, and marks the run in them. */
export const refreshDashboards: TaskDefinition = {
  ...plain,
  id: "refresh_dashboards",
  argv: ["ffe", "dashboards", "publish"],
  timeoutSeconds: 600,
};

function wordsOf(command: string): readonly string[] {
  return command.split(" ");
}

const tasks: readonly TaskDefinition[] = [
  ingestHistoricalOhlc,
  validateDataQuality,
  dbtStaging,
  dbtMarts,
  dbtTests,
  optimizeTables,
  refreshDashboards,
];

export const builtInTaskIds: readonly string[] = tasks.map(({ id }) => id);

/** The built-in task of that id. */
export function builtInTask(id: string): TaskDefinition | undefined {
  return tasks.find((task) => task.id === id);
}
