import { field, structType } from "finance-feedback-delta";
import type { StructType } from "finance-feedback-delta";

import type { Timeframe } from "../market/timeframe.ts";
import type { TableDefinition } from "./table-definition.ts";

/** How much of the calendar one partition of a market data table spans. */
export type PartitionGranularity = "day" | "month" | "year";

/** `by_timeframe` follows the table below; `day` is daily for all timeframes. */
export type PartitionPolicy = "by_timeframe" | "day";

/** Coarser bars are fewer: a partition of a day would hold a single row of 1d. */
const granularityOfTimeframe: Readonly<Record<Timeframe, PartitionGranularity>> = {
  "5s": "day",
  "1m": "day",
  "5m": "month",
  "15m": "month",
  "1h": "month",
  "4h": "year",
  "1d": "year",
};

export function partitionGranularity(timeframe: Timeframe, policy: PartitionPolicy): PartitionGranularity {
  return policy === "day" ? "day" : granularityOfTimeframe[timeframe];
}

/** The first day of the partition that an instant falls into, as `YYYY-MM-DD`. */
export function partitionDate(instantMs: number, granularity: PartitionGranularity): string {
  const day = new Date(instantMs).toISOString().slice(0, 10);
  switch (granularity) {
    case "day":
      return day;
    case "month":
      return `${day.slice(0, 7)}-01`;
    case "year":
      return `${day.slice(0, 4)}-01-01`;
  }
}

const required = { nullable: false } as const;

/** A row of a table of bars, as `readTable<CandleRow>` gives it. Prices and volumes are exact texts. */
export interface CandleRow {
  readonly asset_pair: string;
  /** When the bar opens. */
  readonly timestamp: Date;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string | null;
  readonly source_provider: string;
  readonly is_mock: boolean;
  readonly _extracted_at: Date;
  readonly _ingestion_id: string;
  readonly _source_file: string;
  readonly partition_date: string;
  readonly partition_asset_pair: string;
}

/** The columns of `raw_market_data_*`: prices and volumes exactly as the provider sent them. */
const marketDataSchema: StructType = structType([
  field("asset_pair", "string", required),
  field("timestamp", "timestamp", required),
  field("open", "decimal(18,8)", required),
  field("high", "decimal(18,8)", required),
  field("low", "decimal(18,8)", required),
  field("close", "decimal(18,8)", required),
  field("volume", "decimal(28,8)"),
  field("source_provider", "string", required),
  field("is_mock", "boolean", required),
  field("_extracted_at", "timestamp", required),
  field("_ingestion_id", "string", required),
  field("_source_file", "string", required),
  field("partition_date", "date", required),
  field("partition_asset_pair", "string", required),
]);

/** The Bronze table of a timeframe's bars. */
export function marketDataTable(timeframe: Timeframe): string {
  return `raw_market_data_${timeframe}`;
}

/** Bronze only grows, and the table says so to every engine that writes to it. */
export function marketDataDefinition(timeframe: Timeframe): TableDefinition {
  return {
    name: marketDataTable(timeframe),
    layer: "bronze",
    description: `${timeframe} bars as the providers sent them`,
    schema: marketDataSchema,
    partitionBy: ["partition_date", "partition_asset_pair"],
    properties: { "delta.appendOnly": "true" },
    key: ["asset_pair", "timestamp", "source_provider"],
    revisedBy: "_extracted_at",
    timeframe,
  };
}
