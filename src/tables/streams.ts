/**
 * What streams write: single trades and quotes as an exchange tells of them, and the holes that they know of. A stream commits
 * every few seconds, so these tables keep a short log: a checkpoint each 100 commits, and versions of the last 7 days.
 */
import { field, structType } from "finance-feedback-delta";
import type { StructField } from "finance-feedback-delta";

import type { TableDefinition } from "./table-definition.ts";

const required = { nullable: false } as const;

const streamProperties: Readonly<Record<string, string>> = {
  "delta.appendOnly": "true",
  "delta.checkpointInterval": "100",
  "delta.logRetentionDuration": "interval 7 days",
  "delta.deletedFileRetentionDuration": "interval 7 days",
};

/** Where a row came from, and the partition: the UTC day alone, since a batch has rows of many assets in one file. */
const provenance: readonly StructField[] = [
  field("source_provider", "string", required),
  field("is_mock", "boolean", required),
  // When the exchange's message arrived, or the broker took it.
  field("received_at", "timestamp", required),
  field("_extracted_at", "timestamp", required),
  field("_ingestion_id", "string", required),
  field("_source_file", "string", required),
  field("partition_date", "date", required),
];

export const rawTrades: TableDefinition = {
  name: "raw_trades",
  layer: "bronze",
  description: "Trades as the exchanges told of them, one row for each",
  schema: structType([
    // Exchanges count, or have texts: both are kept as they came.
    field("trade_id", "string", required),
    field("asset_pair", "string", required),
    field("timestamp", "timestamp", required),
    field("price", "decimal(18,8)", required),
    field("size", "decimal(28,8)", required),
    // buy or sell, of the taker; null where the exchange does not say.
    field("side", "string"),
    ...provenance,
  ]),
  partitionBy: ["partition_date"],
  properties: streamProperties,
  key: ["source_provider", "asset_pair", "trade_id"],
  revisedBy: "_extracted_at",
};

export const rawQuotes: TableDefinition = {
  name: "raw_quotes",
  layer: "bronze",
  description: "Quotes as the providers told of them, one row for each",
  schema: structType([
    field("asset_pair", "string", required),
    field("timestamp", "timestamp", required),
    field("bid", "decimal(18,8)"),
    field("bid_size", "decimal(28,8)"),
    field("ask", "decimal(18,8)"),
    field("ask_size", "decimal(28,8)"),
    // What the provider says of it, such as tradeable.
    field("status", "string"),
    ...provenance,
  ]),
  partitionBy: ["partition_date"],
  properties: streamProperties,
  key: ["source_provider", "asset_pair", "timestamp"],
  revisedBy: "_extracted_at",
};

export const streamGaps: TableDefinition = {
  name: "stream_gaps",
  layer: "ops",
  description:
    "What streams know to be missing: messages that a broker deleted, trades that are still to be fetched",
  schema: structType([
    field("job", "string", required),
    field("source", "string", required),
    field("topic", "string", required),
    field("partition", "string", required),
    // The first position that is missing, and the first behind the hole.
    field("from_position", "long", required),
    field("to_position", "long", required),
    // retention, too_large or skipped.
    field("reason", "string", required),
    // open, filled, or accepted where nobody can fill it.
    field("status", "string", required),
    field("from_time", "timestamp"),
    field("to_time", "timestamp"),
    field("recorded_at", "timestamp", required),
  ]),
  partitionBy: [],
  properties: { "delta.appendOnly": "true" },
  key: ["job", "topic", "partition", "from_position"],
  revisedBy: "recorded_at",
};
