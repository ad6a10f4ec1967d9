import { field, structType } from "finance-feedback-delta";
import type { CreateOptions } from "finance-feedback-delta";

const candleFields = [
  field("asset_pair", "string", { nullable: false }),
  field("timestamp", "timestamp", { nullable: false }),
  field("open", "decimal(18,8)", { nullable: false }),
  field("high", "decimal(18,8)", { nullable: false }),
  field("low", "decimal(18,8)", { nullable: false }),
  field("close", "decimal(18,8)", { nullable: false }),
  field("volume", "decimal(28,8)"),
];

const partitionFields = [
  field("partition_date", "date", { nullable: false }),
  field("partition_asset_pair", "string", { nullable: false }),
];

/** The table of the append races: candles, and when partitioned the month and the asset as columns of their own. */
export function candleTable(isPartitioned: boolean): CreateOptions {
  if (!isPartitioned) return { schema: structType(candleFields) };
  return {
    schema: structType([...candleFields, ...partitionFields]),
    partitionBy: partitionFields.map(({ name }) => name),
  };
}
