import {
  dbtMarts,
  dbtStaging,
  dbtTests,
  ingestHistoricalOhlc,
  optimizeTables,
  refreshDashboards,
  validateDataQuality,
} from "./daily-tasks.ts";
import type { PipelineDefinition } from "./pipeline-definition.ts";

const usual = {
  timeZone: "UTC",
  maxActiveRuns: 1,
  overlap: "skip",
  catchUp: "latest",
  startDeadlineSeconds: 12 * 3600,
  parameters: {},
} as const;

/**
 * From fetching to dashboards, once a day. Models are built only when ingestion and validation succeed. Files are compacted
 * even when models fail. The last task depends on all others, so the run succeeds only when they all do.
 */
export const dailyMarketData: PipelineDefinition = {
  ...usual,
  name: "daily_market_data",
  description: "Fetch the day's bars, validate them, build Silver and Gold, test them, tidy up",
  schedule: "0 1 * * *",
  deadlineSeconds: 2 * 3600,
  tasks: [
    ingestHistoricalOhlc,
    { ...validateDataQuality, dependsOn: [ingestHistoricalOhlc.id] },
    { ...dbtStaging, dependsOn: [validateDataQuality.id] },
    { ...dbtMarts, dependsOn: [dbtStaging.id] },
    { ...dbtTests, dependsOn: [dbtMarts.id] },
    { ...optimizeTables, dependsOn: [ingestHistoricalOhlc.id, dbtTests.id], trigger: "all_done" },
    { ...refreshDashboards, dependsOn: [dbtTests.id, optimizeTables.id] },
  ],
};

/** The marts that show the present: how trading goes, and the balance with its positions. */
const hourlyMarts: PipelineDefinition = {
  ...usual,
  name: "hourly_marts",
  description: "Build the marts that show the present, with all that they are made of",
  schedule: "15 * * * *",
  startDeadlineSeconds: 3600,
  deadlineSeconds: 3600,
  tasks: [
    {
      ...dbtMarts,
      id: "realtime_marts",
      argv: [
        "ffe",
        "transform",
        "build",
        "--select",
        "+mart_trading_performance",
        "+mart_daily_portfolio_summary",
        "--exclude",
        "resource_type:test",
      ],
      // The next hour's run does the same.
      retries: [300],
      outlets: ["gold.mart_trading_performance", "gold.mart_daily_portfolio_summary"],
    },
  ],
};

const maintenance: PipelineDefinition = {
  ...usual,
  name: "maintenance",
  description:
    "Every week delete files and log entries that no version of the last 30 days needs, every month sort rows",
  schedule: "0 4 * * 0",
  startDeadlineSeconds: 3 * 24 * 3600,
  tasks: [
    {
      ...optimizeTables,
      id: "zorder_tables",
      argv: ["ffe", "table", "optimize", "--all", "--zorder", "asset_pair,timestamp"],
      // The first Sunday of a month.
      daysOfMonth: { from: 1, to: 7 },
      timeoutSeconds: 4 * 3600,
    },
    {
      ...optimizeTables,
      id: "vacuum_tables",
      argv: ["ffe", "table", "vacuum", "--all", "--retention-hours", "720"],
      dependsOn: ["zorder_tables"],
      trigger: "all_done",
    },
    {
      ...optimizeTables,
      id: "clean_up_logs",
      argv: ["ffe", "table", "clean-up-log", "--all"],
      dependsOn: ["vacuum_tables"],
      trigger: "all_done",
    },
  ],
};

export const builtInPipelines: readonly PipelineDefinition[] = [dailyMarketData, hourlyMarts, maintenance];
