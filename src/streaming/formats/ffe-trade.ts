import { AssetPair } from "../../market/asset-pair.ts";
import { parseDecimal8 } from "../../market/decimal.ts";
import type { Decimal8 } from "../../market/decimal.ts";
import type { Trade } from "../../market/trade.ts";
import type { StreamMessage } from "../source/message-source.ts";
import type { Decode, Decoded } from "./decoded.ts";
import type { TimeUnit } from "./time-unit.ts";
import { parseObject } from "./json-text.ts";
import { ownMember } from "finance-feedback-delta/contract";

export interface TradeFormatOptions {
  /** Of times that are numbers: milliseconds when left out. Texts are ISO 8601. */
  readonly timeUnit?: TimeUnit | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * `ffe.trade`: `{asset_pair, trade_id, timestamp, price, size, side, source_provider}` as JSON. Numbers may be texts, which keep
 * their digits in every language.
 */
export function ffeTrade({ timeUnit = "ms" }: TradeFormatOptions = {}): Decode<Uint8Array | null, Trade> {
  const pairs = new Map<string, AssetPair | undefined>();
  const pairOf = (text: string): AssetPair | undefined => {
    if (!pairs.has(text)) pairs.set(text, readPair(text));
    return pairs.get(text);
  };
  return (message) => decodeTrade(message, timeUnit, pairOf);
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
  const flaw = (reason: string, timeMs?: number): Decoded<Trade> => rejected(reason, row, text, timeMs);
  const timeUs = readTime(ownMember(row, "timestamp"), timeUnit);
  if (typeof timeUs === "string") return flaw(timeUs);
  const timeMs = timeUs / 1000;
  const name = ownMember(row, "asset_pair");
  if (typeof name !== "string") return flaw(missingOr("asset_pair", name, "a text"), timeMs);
  const assetPair = pairOf(name);
  if (assetPair === undefined) return flaw(`asset_pair is not understood: ${name}`, timeMs);
  const id = ownMember(row, "trade_id");
  if ((typeof id !== "string" && typeof id !== "number") || id === "")
    return flaw(missingOr("trade_id", id, "a text or a number"), timeMs);
  const price = readAmount("price", ownMember(row, "price"));
  if (typeof price === "string") return flaw(price, timeMs);
  const size = readAmount("size", ownMember(row, "size"));
  if (typeof size === "string") return flaw(size, timeMs);
  const side = ownMember(row, "side") ?? null;
  if (side !== "buy" && side !== "sell" && side !== null) return flaw("side is buy, sell or null", timeMs);
  const provider = ownMember(row, "source_provider") ?? "kafka";
  if (typeof provider !== "string" || provider === "")
    return flaw(missingOr("source_provider", provider, "a text"), timeMs);
  const isMock = ownMember(row, "is_mock") ?? false;
  if (typeof isMock !== "boolean") return flaw("is_mock is true or false", timeMs);
  return {
    kind: "row",
    row: { assetPair, tradeId: String(id), timeUs, price, size, side, provider, isMock },
    eventMs: timeMs,
  };
}

function rejected(
  reason: string,
  row: Readonly<Record<string, unknown>>,
  raw: unknown,
  timeMs?: number,
): Decoded<Trade> {
  const key = ownMember(row, "trade_id");
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

function missingOr(name: string, value: unknown, expected: string): string {
  return value === undefined || value === null || value === ""
    ? `${name} missing`
    : `${name} is not ${expected}`;
}

function readAmount(name: string, value: unknown): Decimal8 | string {
  if (typeof value !== "string" && typeof value !== "number") return missingOr(name, value, "a number");
  const amount = parseDecimal8(value);
  if (amount === "not-a-number") return `${name} is not a finite number`;
  if (amount === "too-precise") return `${name} has more than 8 decimals`;
  if (amount === "too-large") return `${name} is too large`;
  return amount > 0n ? amount : `${name} is not above zero`;
}

const perUnit: Readonly<Record<TimeUnit, number>> = { s: 1_000_000, ms: 1000, us: 1, ns: 0.001 };
const isoTime = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/;

/** Microseconds since the epoch, or why there are none. */
function readTime(value: unknown, unit: TimeUnit): number | string {
  if (typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value))) {
    const timeUs = Math.floor(Number(value) * perUnit[unit]);
    return isCalendarTime(timeUs) ? timeUs : `timestamp is not a time in ${unit}`;
  }
  if (typeof value !== "string") return missingOr("timestamp", value, "a time");
  const [, seconds = "", fraction = "", zone = ""] = isoTime.exec(value) ?? [];
  const ms = seconds === "" ? NaN : Date.parse(`${seconds.replace(" ", "T")}${zone}`);
  if (Number.isNaN(ms)) return "timestamp is not ISO 8601 with a zone";
  const timeUs = ms * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
  return isCalendarTime(timeUs) ? timeUs : "timestamp is not a time";
}

/** From 1970 to the year 2255: microseconds are whole numbers as far. */
function isCalendarTime(timeUs: number): boolean {
  return timeUs >= 0 && Number.isSafeInteger(timeUs);
}
