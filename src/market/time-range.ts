import {
  anyNumber,
  anyText,
  instantMs as instant,
  optionsOf,
  required,
} from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import { MarketError } from "./errors.ts";

/** The instants `startMs <= t < endMs`, in milliseconds since the epoch, UTC. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

const rangeMembers: OptionTable<TimeRange> = { startMs: required(instant), endMs: required(instant) };

/** The kind of options that are a range. */
export const timeRangeKind: OptionKind<TimeRange> = optionsOf(rangeMembers);

/**
 * A range from two instants; equal ends give the empty range.
 *
 * @throws MarketError INVALID_RANGE when the end lies before the start, or an end is not a whole number of milliseconds.
 */
export function timeRange(startMs: number, endMs: number): TimeRange {
  if (typeof startMs !== "number" || typeof endMs !== "number")
    assertArguments("timeRange", { startMs, endMs }, rangeMembers);
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(endMs)) {
    throw new MarketError(
      "INVALID_RANGE",
      `A range needs whole milliseconds since the epoch, not ${startMs} to ${endMs}.`,
    );
  }
  if (endMs < startMs) {
    throw new MarketError(
      "INVALID_RANGE",
      `The range ends (${formatInstant(endMs)}) before it starts (${formatInstant(startMs)}).`,
    );
  }
  return { startMs, endMs };
}

/**
 * Cuts a range into consecutive windows of `spanMs`, counted from its start. The last may be shorter; the empty range has none.
 *
 * @throws MarketError INVALID_RANGE when `spanMs` is not a positive whole number.
 */
export function splitRange(range: TimeRange, spanMs: number): TimeRange[] {
  if (!Number.isSafeInteger(spanMs) || spanMs <= 0) {
    throw new MarketError(
      "INVALID_RANGE",
      `A window must span a positive number of milliseconds, not ${spanMs}.`,
    );
  }
  const windows: TimeRange[] = [];
  for (let startMs = range.startMs; startMs < range.endMs; startMs += spanMs) {
    windows.push({ startMs, endMs: Math.min(startMs + spanMs, range.endMs) });
  }
  return windows;
}

/**
 * Reads an instant as users write it, in milliseconds since the epoch: a date (`2026-01-08`, UTC midnight) or
 * an ISO 8601 date-time, which is UTC unless it carries a zone.
 *
 * @throws MarketError INVALID_INSTANT, also for days that do not exist.
 */
export function parseInstant(text: string): number {
  if (typeof text !== "string") assertArguments("parseInstant", { text }, instantText);
  const instantMs = readInstant(text);
  if (instantMs !== undefined) return instantMs;
  throw new MarketError(
    "INVALID_INSTANT",
    `"${text}" is not a date or an instant; write it like 2026-01-08 or 2026-01-08T13:30:00Z.`,
  );
}

/** Like `parseInstant`, but `undefined` where that throws. */
export function readInstant(text: string): number | undefined {
  const match = instantPattern.exec(text.trim());
  if (match === null) return undefined;
  const [, date = "", time = "00:00", zone = "Z"] = match;
  const zoneText = zone === "z" ? "Z" : zone.replace(zoneWithoutColon, "$1:$2");
  const instantMs = Date.parse(`${date}T${time}${zoneText}`);
  // Date.parse rolls February 30 over into March; the date alone must survive the round trip.
  const dayMs = Date.parse(`${date}T00:00:00Z`);
  const isDay = !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(date);
  return isDay && !Number.isNaN(instantMs) ? instantMs : undefined;
}

/** `2026-01-08T00:00:00Z`: ISO 8601 in UTC, with milliseconds only when there are any. */
export function formatInstant(instantMs: number): string {
  if (typeof instantMs !== "number") assertArguments("formatInstant", { instantMs }, anyInstant);
  const date = new Date(instantMs);
  if (Number.isNaN(date.getTime())) return String(instantMs);
  return date.toISOString().replace(".000Z", "Z");
}

const instantText = { text: required(anyText) };
/** Absurd instants are in messages too. */
const anyInstant = { instantMs: required(anyNumber) };
const instantPattern =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:?\d{2})?)?$/;
const zoneWithoutColon = /^([+-]\d{2})(\d{2})$/;
