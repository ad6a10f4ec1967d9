import { ownMember } from "finance-feedback-delta/contract";

import { AssetPair } from "../../market/asset-pair.ts";
import { parseDecimal8 } from "../../market/decimal.ts";
import type { Decimal8 } from "../../market/decimal.ts";
import type { Trade } from "../../market/trade.ts";
import type { StreamMessage } from "../source/message-source.ts";
import type { Decode, Decoded } from "./decoded.ts";
import type { TimeUnit } from "./time-unit.ts";
import { parseObject } from "./json-text.ts";

export interface TradeFormatOptions {
  /** Of times that are numbers: milliseconds when left out. Texts are ISO 8601. */
  readonly timeUnit?: TimeUnit | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Where a format of one trade a message has its values: names of members. */
export interface TradeFields {
  readonly assetPair: string;
  readonly tradeId: string;
  readonly time: string;
  readonly price: string;
  readonly size: string;
  readonly side: string;
  readonly provider: string;
  /** Who tells of the trade, where the message does not say. */
  readonly usualProvider: string;
  /** It is written in capitals. */
  readonly lowersProvider?: boolean | undefined;
  /** How its times that are numbers count, where the format says so itself. */
  readonly timeUnit?: TimeUnit | undefined;
  /** The side of a message is that of the order that waited, so the taker has the other one. */
  readonly isSideOfMaker?: boolean | undefined;
  /** Whether a message is no trade, and none was meant. */
  readonly isOther?: ((row: Readonly<Record<string, unknown>>) => boolean) | undefined;
}

/** Trades as JSON, one a message. Numbers may be texts, which keep their digits in every language. */
export function jsonTrade(
  fields: TradeFields,
  { timeUnit = "ms" }: TradeFormatOptions = {},
): Decode<Uint8Array | null, Trade> {
  const pairs = new Map<string, AssetPair | undefined>();
  const pairOf = (text: string): AssetPair | undefined => {
    if (!pairs.has(text)) pairs.set(text, readPair(text));
    return pairs.get(text);
  };
  return (message) => decodeTrade(message, fields, fields.timeUnit ?? timeUnit, pairOf);
}

function readPair(text: string): AssetPair | undefined {
  try {
    return AssetPair.parse(text);
  } catch {
    return undefined;
  }
}

function decodeTrade(
  { value }: StreamMessage<Uint8Array | null>,
  fields: TradeFields,
  timeUnit: TimeUnit,
  pairOf: (text: string) => AssetPair | undefined,
): Decoded<Trade> {
  // A mark that a key was deleted.
  if (value === null) return { kind: "skipped" };
  let text: string;
  try {
    text = decoder.decode(value);
  } catch {
    return rejected("not UTF-8", {}, { base64: Buffer.from(value).toString("base64") });
  }
  const row = parseObject(text);
  if (row === undefined) return rejected("not a JSON object", {}, text);
  if (fields.isOther?.(row) === true) return { kind: "skipped" };
  const flaw = (reason: string, timeMs?: number): Decoded<Trade> => rejected(reason, row, text, timeMs);
  const timeUs = readTime(fields.time, ownMember(row, fields.time), timeUnit);
  if (typeof timeUs === "string") return flaw(timeUs);
  const timeMs = timeUs / 1000;
  const name = ownMember(row, fields.assetPair);
  if (typeof name !== "string") return flaw(missingOr(fields.assetPair, name, "a text"), timeMs);
  const assetPair = pairOf(name);
  if (assetPair === undefined) return flaw(`${fields.assetPair} is not understood: ${name}`, timeMs);
  const id = ownMember(row, fields.tradeId);
  if ((typeof id !== "string" && typeof id !== "number") || id === "")
    return flaw(missingOr(fields.tradeId, id, "a text or a number"), timeMs);
  const price = readAmount(fields.price, ownMember(row, fields.price));
  if (typeof price === "string") return flaw(price, timeMs);
  const size = readAmount(fields.size, ownMember(row, fields.size));
  if (typeof size === "string") return flaw(size, timeMs);
  const told = ownMember(row, fields.side) ?? null;
  if (told !== "buy" && told !== "sell" && told !== null)
    return flaw(`${fields.side} is buy, sell or null`, timeMs);
  const side = fields.isSideOfMaker === true ? otherSide(told) : told;
  const provider = ownMember(row, fields.provider) ?? fields.usualProvider;
  if (typeof provider !== "string" || provider === "")
    return flaw(missingOr(fields.provider, provider, "a text"), timeMs);
  const isMock = ownMember(row, "is_mock") ?? false;
  if (typeof isMock !== "boolean") return flaw("is_mock is true or false", timeMs);
  return {
    kind: "row",
    row: {
      assetPair,
      tradeId: String(id),
      timeUs,
      price,
      size,
      side,
      provider: fields.lowersProvider === true ? provider.toLowerCase() : provider,
      isMock,
    },
    eventMs: timeMs,
  };
}

function rejected(
  reason: string,
  row: Readonly<Record<string, unknown>>,
  raw: unknown,
  timeMs?: number,
): Decoded<Trade> {
  const key = ownMember(row, "trade_id") ?? ownMember(row, "id");
  return {
    kind: "rejected",
    rejection: {
      reason,
      timeMs,
      key: typeof key === "string" || typeof key === "number" ? String(key) : undefined,
      row,
      raw,
    },
  };
}

function otherSide(side: Trade["side"]): Trade["side"] {
  if (side === null) return null;
  return side === "buy" ? "sell" : "buy";
}

function missingOr(name: string, value: unknown, expected: string): string {
  return value === undefined || value === null || value === ""
    ? `${name} missing`
    : `${name} is not ${expected}: was ${value === null ? "null" : typeof value}`;
}

function readAmount(name: string, value: unknown): Decimal8 | string {
  if (typeof value !== "string" && typeof value !== "number") return missingOr(name, value, "a number");
  const amount = parseDecimal8(value);
  if (amount === "not-a-number") return `${name} is not a finite number`;
  if (amount === "too-precise") return `${name} has more than 8 decimals`;
  if (amount === "too-large") return `${name} is too large`;
  return amount > 0n ? amount : `${name} is not above zero`;
}

/** How far the point of a number moves to make microseconds of it. */
const shifts: Readonly<Record<TimeUnit, number>> = { s: 6, ms: 3, us: 0, ns: -3 };
const numberText = /^(\d+)(?:\.(\d+))?$/;
const isoTime = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/;

/** Microseconds since the epoch, or why there are none. What is below a microsecond is cut off. */
function readTime(name: string, value: unknown, unit: TimeUnit): number | string {
  const [, whole, parts = ""] =
    typeof value === "number" || typeof value === "string" ? (numberText.exec(String(value)) ?? []) : [];
  if (whole !== undefined) {
    // By its digits: nanoseconds have more of them than a double keeps, and seconds have parts that a double does not.
    const length = Math.max(whole.length + shifts[unit], 0);
    const timeUs = Number(`${whole}${parts}`.slice(0, length).padEnd(length, "0"));
    return isCalendarTime(timeUs) ? timeUs : `${name} is not a time in ${unit}`;
  }
  if (typeof value === "number") return `${name} is not a time in ${unit}`;
  if (typeof value !== "string") return missingOr(name, value, "a time");
  const [, seconds = "", fraction = "", zone = ""] = isoTime.exec(value) ?? [];
  const ms = seconds === "" ? NaN : Date.parse(`${seconds.replace(" ", "T")}${zone}`);
  if (Number.isNaN(ms)) return `${name} is not ISO 8601 with a zone`;
  const timeUs = ms * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
  return isCalendarTime(timeUs) ? timeUs : `${name} is not a time`;
}

/** From 1970 to the year 2255: microseconds are whole numbers as far. */
function isCalendarTime(timeUs: number): boolean {
  return timeUs >= 0 && Number.isSafeInteger(timeUs);
}
