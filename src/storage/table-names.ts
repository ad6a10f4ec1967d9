import { parseTimeframe, timeframes } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import { StorageError } from "./storage-error.ts";

/** The layers of the lakehouse, each a folder of the storage root. */
export type Layer = "bronze" | "silver" | "gold" | "ops";

export const layers: readonly Layer[] = ["bronze", "silver", "gold", "ops"];

/** A table's place in the lakehouse. Names are unique over all layers. */
export interface TableName {
  readonly layer: Layer;
  readonly name: string;
}

const marketDataPrefix = "raw_market_data_";

const layerOfTable: ReadonlyMap<string, Layer> = new Map<string, Layer>([
  ...timeframes.map((timeframe): [string, Layer] => [marketDataTable(timeframe), "bronze"]),
  ["raw_news_sentiment", "bronze"],
  ["raw_ai_decisions", "bronze"],
  ["raw_trade_executions", "bronze"],
  ["raw_portfolio_snapshots", "bronze"],
  ["market_data_enriched", "silver"],
  ["multi_timeframe_analysis", "silver"],
  ["decision_history", "silver"],
  ["trade_lifecycle", "silver"],
  ["mart_trading_performance", "gold"],
  ["mart_provider_attribution", "gold"],
  ["mart_ensemble_effectiveness", "gold"],
  ["mart_market_regime_stats", "gold"],
  ["mart_daily_portfolio_summary", "gold"],
  ["quality_results", "ops"],
]);

/** The Bronze table of a timeframe's bars. */
export function marketDataTable(timeframe: Timeframe): string {
  return `${marketDataPrefix}${timeframe}`;
}

/** The timeframe whose bars a table holds, or `undefined` for any other table. */
export function timeframeOfTable(name: string): Timeframe | undefined {
  if (!name.startsWith(marketDataPrefix) || !layerOfTable.has(name)) return undefined;
  return parseTimeframe(name.slice(marketDataPrefix.length));
}

/**
 * Reads `raw_market_data_1h` or `bronze.raw_market_data_1h`. A table that the design does not know needs its layer in
 * front.
 *
 * @throws StorageError `INVALID_TABLE_NAME`
 */
export function parseTableName(text: string): TableName {
  const match = /^(?:([a-z]+)\.)?([a-z_][a-z0-9_]*)$/.exec(text.trim().toLowerCase());
  const name = match?.[2];
  if (name === undefined) {
    throw new StorageError(
      "INVALID_TABLE_NAME",
      `"${text}" is no table name; write it like raw_market_data_1h or silver.my_table`,
    );
  }
  const given = match?.[1];
  const known = layerOfTable.get(name);
  if (given === undefined) {
    if (known !== undefined) return { layer: known, name };
    throw new StorageError(
      "INVALID_TABLE_NAME",
      `"${text}" is not one of the lakehouse's own tables: put its layer in front (${layers.join(", ")}), as in silver.${name}`,
    );
  }
  const layer = layers.find((candidate) => candidate === given);
  if (layer === undefined) {
    throw new StorageError("INVALID_TABLE_NAME", `"${given}" is no layer; there are ${layers.join(", ")}`);
  }
  if (known !== undefined && known !== layer) {
    throw new StorageError("INVALID_TABLE_NAME", `${name} belongs to ${known}, not to ${layer}`);
  }
  return { layer, name };
}

/** The layer that a table's name says or implies; `undefined` for what is no table's name. */
export function layerOf(tableName: string): Layer | undefined {
  const [, layer = "", name = ""] = /^(?:([^.]*)\.)?(.*)$/.exec(tableName.trim().toLowerCase()) ?? [];
  return (
    layers.find((candidate) => candidate === layer) ?? (layer === "" ? layerOfTable.get(name) : undefined)
  );
}

/** The lakehouse's own tables in the order of the design (timeframes by length), then all others by name. */
export function compareTableNames(left: string, right: string): number {
  const order = [...layerOfTable.keys()];
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return rank(left) - rank(right) || (left < right ? -1 : 1);
}

/** A table's name as people write it: the layer is said only of tables that the design does not know. */
export function shortTableName(table: TableName): string {
  return layerOfTable.has(table.name) && table.layer !== "ops" ? table.name : formatTableName(table);
}

export function formatTableName({ layer, name }: TableName): string {
  return `${layer}.${name}`;
}
