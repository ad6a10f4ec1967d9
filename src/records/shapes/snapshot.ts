import { isJsonList, isJsonObject } from "../json/json-value.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { readSide } from "./actions.ts";
import { pairOf } from "./instrument.ts";
import { Members, RecordProblem } from "./members.ts";
import type { ShapedRecord } from "./shaped-record.ts";

/** A line of profit and loss, or a snapshot with balances, as a row of `raw_portfolio_snapshots`. */
export function shapeSnapshot(record: JsonObject): ShapedRecord {
  const members = new Members(record);
  const at = members.requiredInstant("timestamp");
  const platform = members.requiredText("platform", "exchange");
  const positions = members.value("positions");
  if (positions !== undefined && !isJsonList(positions)) throw new RecordProblem("positions is not a list");
  return {
    id: `${platform} ${at.text}`,
    instant: at,
    about: undefined,
    isFinal: true,
    columns: {
      timestamp: at.text,
      platform,
      balance: members.amount("balance", "total_balance", "account_balance"),
      equity: members.amount("equity", "total_value", "total_value_usd", "portfolio_value"),
      total_pnl: members.amount("total_pnl"),
      position_count: countOf(members, positions?.length),
      positions: positions?.map(positionOf) ?? null,
    },
  };
}

function countOf(members: Members, listed: number | undefined): number | null {
  const count = members.double("position_count") ?? listed ?? null;
  if (count === null || (Number.isInteger(count) && count >= 0 && count < 2 ** 31)) return count;
  throw new RecordProblem(`position_count is not a count: ${count}`);
}

function positionOf(value: JsonValue): Readonly<Record<string, string | number | null>> {
  if (!isJsonObject(value)) throw new RecordProblem("a position is not an object");
  const members = new Members(value);
  const instrument = members.requiredText("product", "product_id", "instrument", "symbol", "asset_pair");
  const side = members.text("side", "position_type", "direction");
  const direction = side === null ? null : readSide(side);
  if (direction === undefined)
    throw new RecordProblem(
      `side ${JSON.stringify(side?.slice(0, 60))} of a position is neither LONG nor SHORT`,
    );
  return {
    instrument,
    asset_pair: pairOf(instrument),
    direction,
    size: members.size("size", "units", "contracts", "quantity"),
    entry_price: members.amount("entry_price", "average_price"),
    current_price: members.amount("current_price", "mark_price"),
    unrealized_pnl: members.amount("unrealized_pnl", "pnl"),
    leverage: members.double("leverage"),
  };
}
