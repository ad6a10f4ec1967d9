/**
 * Every table that the product knows, in one list. A name stands for one table, in one layer. Definitions are data: nothing
 * in this room reads or writes. `storage` makes tables by them, finds them by their short names, and reads them as they were
 * known at an instant; nothing else lists a table's columns.
 */
import { timeframes } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import { marketDataDefinition } from "./market-data.ts";
import { pipelineMetrics } from "./pipeline-metrics.ts";
import { qualityResults } from "./quality-results.ts";
import { aiDecisions, newsSentiment, portfolioSnapshots, tradeExecutions } from "./records.ts";
import { rawQuotes, rawTrades, streamGaps } from "./streams.ts";
import type { Layer, ReservedTable, TableDefinition } from "./table-definition.ts";

/** In the order in which each layer lists its tables. A reserved one gives its line to its definition once that is written. */
const known: readonly (TableDefinition | ReservedTable)[] = [
  ...timeframes.map(marketDataDefinition),
  newsSentiment,
  aiDecisions,
  tradeExecutions,
  portfolioSnapshots,
  rawTrades,
  rawQuotes,
  reserved("silver", "market_data_enriched"),
  reserved("silver", "multi_timeframe_analysis"),
  reserved("silver", "decision_history"),
  reserved("silver", "trade_lifecycle"),
  reserved("gold", "mart_trading_performance"),
  reserved("gold", "mart_provider_attribution"),
  reserved("gold", "mart_ensemble_effectiveness"),
  reserved("gold", "mart_market_regime_stats"),
  reserved("gold", "mart_daily_portfolio_summary"),
  qualityResults,
  pipelineMetrics,
  streamGaps,
];

const places: ReadonlyMap<string, number> = new Map(known.map(({ name }, place) => [name, place]));

/** The tables that are built. */
export const tableDefinitions: readonly TableDefinition[] = known.filter((table) => "schema" in table);

/** The layer of a name that the product uses, or keeps for a table to come. */
export function knownLayer(name: string): Layer | undefined {
  return known[places.get(name) ?? -1]?.layer;
}

/** Where a table stands in lists: the product's own ones first, timeframes by their length. */
export function listPlace(name: string): number {
  return places.get(name) ?? known.length;
}

/** The definition of a table that is built. */
export function definitionOf(name: string): TableDefinition | undefined {
  return tableDefinitions.find((definition) => definition.name === name);
}

/** The timeframe whose bars a table holds, or `undefined` for any other table. */
export function timeframeOfTable(name: string): Timeframe | undefined {
  return definitionOf(name)?.timeframe;
}

function reserved(layer: Layer, name: string): ReservedTable {
  return { layer, name };
}
