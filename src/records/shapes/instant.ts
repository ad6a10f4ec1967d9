import { readInstant } from "../../market/time-range.ts";

/** An instant of a record, to the microsecond. */
export interface RecordInstant {
  readonly ms: number;
  /** In UTC, as tables take it. */
  readonly text: string;
  /** Whether it came without an offset, and was read as UTC. */
  readonly isZoneAssumed: boolean;
}

const firstMs = Date.UTC(1970, 0, 1);
const endMs = Date.UTC(2200, 0, 1);

/**
 * Reads an ISO 8601 time; without an offset it is UTC, as the trading engine means it. A number counts seconds since 1970, or
 * milliseconds from 10^11 on. Digits behind the microseconds are cut off.
 */
export function readRecordInstant(text: string): RecordInstant | undefined {
  const trimmed = text.trim();
  return /^\d+(?:\.\d+)?$/.test(trimmed) ? sinceEpoch(trimmed) : fromIso(trimmed);
}

function fromIso(text: string): RecordInstant | undefined {
  const ms = readInstant(text);
  if (ms === undefined) return undefined;
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? "";
  const isZoneAssumed = !/(?:[Zz]|[+-]\d{2}:?\d{2})$/.test(text.slice(10));
  return instant(Math.floor(ms / 1000), fraction, isZoneAssumed);
}

function sinceEpoch(text: string): RecordInstant | undefined {
  const [whole = "", fraction = ""] = text.split(".");
  if (whole.length > 14) return undefined;
  if (whole.length <= 11) return instant(Number(whole), fraction, false);
  return instant(Math.floor(Number(whole) / 1000), `${whole.slice(-3)}${fraction}`, false);
}

function instant(seconds: number, fraction: string, isZoneAssumed: boolean): RecordInstant | undefined {
  const micros = fraction.slice(0, 6).padEnd(6, "0");
  const ms = seconds * 1000 + Number(micros.slice(0, 3));
  if (ms < firstMs || ms >= endMs) return undefined;
  return { ms, text: `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}Z`, isZoneAssumed };
}
