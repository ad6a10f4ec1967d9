import { aiDecisions, newsSentiment, portfolioSnapshots, tradeExecutions } from "../tables/records.ts";
import type { TableDefinition } from "../tables/table-definition.ts";
import type { JsonObject } from "./json/json-value.ts";
import { shapeDecision } from "./shapes/decision.ts";
import { shapeNews } from "./shapes/news.ts";
import type { Shape } from "./shapes/shaped-record.ts";
import { shapeSnapshot } from "./shapes/snapshot.ts";
import { shapeTrade } from "./shapes/trade.ts";

/** What records there are. */
export type RecordKind = "decision" | "trade" | "portfolio snapshot" | "news";

interface KindDefinition {
  readonly table: TableDefinition;
  readonly shape: Shape;
}

export const recordKinds: Readonly<Record<RecordKind, KindDefinition>> = {
  decision: { table: aiDecisions, shape: shapeDecision },
  trade: { table: tradeExecutions, shape: shapeTrade },
  "portfolio snapshot": { table: portfolioSnapshots, shape: shapeSnapshot },
  news: { table: newsSentiment, shape: shapeNews },
};

export const recordKindNames: readonly RecordKind[] = ["decision", "trade", "portfolio snapshot", "news"];

/** The kind of a table's records; `undefined` of any other table. */
export function kindOfTable(tableName: string): RecordKind | undefined {
  return recordKindNames.find((kind) => recordKinds[kind].table.name === tableName);
}

const folders: ReadonlyMap<string, RecordKind> = new Map([
  ["decisions", "decision"],
  ["outcomes", "trade"],
  ["trade_outcomes", "trade"],
  ["pnl_snapshots", "portfolio snapshot"],
  ["portfolio_snapshots", "portfolio snapshot"],
]);

/** What a file should hold by its place: the nearest folder whose name the trading engine gives to one kind. */
export function kindOfPlace(path: string): RecordKind | undefined {
  const names = path.split(/[/\\]/).slice(0, -1);
  return names
    .toReversed()
    .map((name) => folders.get(name.toLowerCase()))
    .find((kind) => kind !== undefined);
}

/** What a record is by its members. An outcome of a trade has an action, too: it is looked at first. */
export function kindOfMembers(record: JsonObject): RecordKind | undefined {
  const has = (...names: readonly string[]): boolean => names.some((name) => record.has(name));
  if (has("ticker") && has("sentiment_score")) return "news";
  if (has("trade_id", "entry_time", "entry_timestamp", "exit_time", "exit_timestamp")) return "trade";
  if (has("action", "policy_action", "decision")) return "decision";
  if (has("positions", "position_count", "total_pnl", "balance", "equity")) return "portfolio snapshot";
  return undefined;
}
