import type { JsonObject } from "../json/json-value.ts";
import { readSide } from "./actions.ts";
import { instrumentOf } from "./instrument.ts";
import { Members, RecordProblem } from "./members.ts";
import type { ShapedRecord } from "./shaped-record.ts";

/**
 * A trade as a row of `raw_trade_executions`, from either shape of an outcome: `outcomes/*.json` names the decision alone, and
 * has one size and the percent of its result; `trade_outcomes/*.jsonl` has the trade's own id, and numbers as texts.
 */
export function shapeTrade(record: JsonObject): ShapedRecord {
  const members = new Members(record);
  const decisionId = members.text("decision_id");
  const tradeId = members.text("trade_id", "id")?.trim() ?? decisionId ?? members.requiredText("trade_id");
  const about = instrumentOf(members);
  const entry = members.instant("entry_time", "entry_timestamp");
  const exit = members.instant("exit_time", "exit_timestamp");
  const at = entry ?? exit ?? members.requiredInstant("entry_time");
  const status = statusOf(members, exit !== null);
  const direction = sideOf(members, status);
  return {
    id: tradeId,
    instant: at,
    about,
    isFinal: exit !== null,
    columns: {
      trade_id: tradeId,
      order_id: members.text("order_id"),
      decision_id: decisionId,
      platform: members.text("platform", "exchange"),
      asset_pair: about.assetPair,
      instrument: about.instrument,
      side: direction === null ? null : direction === 1 ? "LONG" : "SHORT",
      direction,
      entry_time: entry?.text ?? null,
      entry_price: members.amount("entry_price"),
      entry_size: members.size("entry_size", "position_size", "size"),
      exit_time: exit?.text ?? null,
      exit_price: members.amount("exit_price"),
      exit_price_source: members.text("exit_price_source"),
      exit_size: members.size("exit_size") ?? (exit === null ? null : members.size("position_size", "size")),
      reported_pnl: members.amount("realized_pnl", "reported_pnl", "pnl"),
      fees: members.amount("fees", "fee"),
      slippage_cost: members.amount("slippage_cost", "slippage"),
      spread_cost: members.amount("spread_cost", "spread"),
      recorded_via: members.text("recorded_via"),
      status,
      exit_reason: exitReasonOf(members),
    },
  };
}

function statusOf(members: Members, hasExit: boolean): "open" | "closed" | "rejected" {
  const status = members.text("status")?.toLowerCase() ?? "";
  if (/reject|cancel|fail/.test(status)) return "rejected";
  return hasExit ? "closed" : "open";
}

function sideOf(members: Members, status: string): 1 | -1 | null {
  const text = members.text("side", "action", "direction");
  if (text === null) {
    if (status === "rejected") return null;
    throw new RecordProblem("side missing");
  }
  const side = /^[+-]?1(?:\.0)?$/.test(text) ? (text.startsWith("-") ? -1 : 1) : readSide(text);
  if (side === undefined)
    throw new RecordProblem(`side ${JSON.stringify(text.slice(0, 60))} is neither LONG nor SHORT`);
  return side;
}

function exitReasonOf(members: Members): string | null {
  const said = members.text("exit_reason", "close_reason");
  if (said !== null) return said;
  if (members.flag("hit_stop_loss") === true) return "stop_loss";
  return members.flag("hit_take_profit") === true ? "take_profit" : null;
}
