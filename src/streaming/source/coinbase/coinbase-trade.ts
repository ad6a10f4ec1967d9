import { ownMember } from "finance-feedback-delta/contract";

import type { AssetPair } from "../../../market/asset-pair.ts";
import { parseDecimal8 } from "../../../market/decimal.ts";
import type { Decimal8 } from "../../../market/decimal.ts";
import type { Trade } from "../../../market/trade.ts";
import type { JsonRecord } from "../../../providers/json.ts";
import type { Decoded } from "../../formats/decoded.ts";
import { utcMicroseconds } from "../../formats/utc-time.ts";

/** A trade as Coinbase tells of it, over a feed or over REST, with what is wrong with it. */
export interface CoinbaseTrade {
  readonly id: number;
  /** `undefined` where its time is not understood. */
  readonly timeUs: number | undefined;
  readonly decoded: Decoded<Trade>;
}

/** Reads a trade; `undefined` of one without an id, which has no place among the others. */
export function readTrade(fields: JsonRecord, assetPair: AssetPair): CoinbaseTrade | undefined {
  const id = Number(ownMember(fields, "trade_id"));
  if (!Number.isSafeInteger(id) || id <= 0) return undefined;
  const timeUs = utcMicroseconds(ownMember(fields, "time"));
  return { id, timeUs, decoded: decode(fields, id, timeUs, assetPair) };
}

function decode(
  fields: JsonRecord,
  id: number,
  timeUs: number | undefined,
  assetPair: AssetPair,
): Decoded<Trade> {
  const rejected = (reason: string): Decoded<Trade> => ({
    kind: "rejected",
    rejection: {
      reason,
      timeMs: timeUs === undefined ? undefined : timeUs / 1000,
      key: `${assetPair.canonical}/${id}`,
      row: fields,
      raw: JSON.stringify(fields),
    },
  });
  if (timeUs === undefined) return rejected("time is not ISO 8601 in UTC");
  const price = amountOf(fields, "price");
  if (typeof price === "string") return rejected(price);
  const size = amountOf(fields, "size");
  if (typeof size === "string") return rejected(size);
  const side = takerSide(ownMember(fields, "side"));
  if (side === undefined) return rejected("side is buy or sell");
  return {
    kind: "row",
    eventMs: timeUs / 1000,
    row: { assetPair, tradeId: String(id), timeUs, price, size, side, provider: "coinbase", isMock: false },
  };
}

function amountOf(fields: JsonRecord, name: string): Decimal8 | string {
  const value = ownMember(fields, name);
  if (typeof value !== "string" && typeof value !== "number") return `${name} missing`;
  const amount = parseDecimal8(value);
  if (typeof amount === "string") return `${name} is ${amount.replaceAll("-", " ")}`;
  return amount > 0n ? amount : `${name} is not above zero`;
}

/** Coinbase names the side of the maker; the taker has the other one. */
function takerSide(maker: unknown): "buy" | "sell" | undefined {
  if (maker === "sell" || maker === "SELL") return "buy";
  if (maker === "buy" || maker === "BUY") return "sell";
  return undefined;
}
