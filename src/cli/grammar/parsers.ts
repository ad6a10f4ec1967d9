import { InvalidArgumentError } from "commander";

import type { ColumnChoice } from "../../batch/import/candle-shape.ts";
import { columnRoles } from "../../batch/import/column-names.ts";
import type { ColumnRole } from "../../batch/import/column-names.ts";
import { byteSize } from "../../config/texts-of-amounts.ts";
import { durationSeconds } from "../../market/duration-text.ts";
import { parseInstant, readInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { airflowVersion, oldestAirflow } from "../../orchestration/airflow/airflow-version.ts";
import type { AirflowVersion } from "../../orchestration/airflow/airflow-version.ts";

// How the values of options are read. Commander puts the option's name before each error.

export function parseFolder(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Give a folder.");
  return text;
}

/** An address without a name and a password: other users of the machine can read a command line. */
export function parsePlainUrl(text: string): string {
  const url = URL.parse(text);
  if (
    url === null ||
    !["http:", "https:"].includes(url.protocol) ||
    url.username !== "" ||
    url.password !== ""
  )
    throw new InvalidArgumentError("Expected an address such as http://127.0.0.1:9091, without a password.");
  return text;
}

export function parseList(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === "")) throw new InvalidArgumentError("Give names separated by commas.");
  return items;
}

/** `2024-01-01/2025-01-01`, half-open. */
export function parseDateRange(text: string): TimeRange {
  const [start = "", end = "", ...more] = text.split("/");
  const [startMs, endMs] = [readInstant(start), readInstant(end)];
  if (startMs === undefined || endMs === undefined || more.length > 0 || startMs >= endMs)
    throw new InvalidArgumentError(
      "Give two dates or instants, the earlier one first, as in 2024-01-01/2025-01-01; the second is not in it.",
    );
  return { startMs, endMs };
}

/** `time=opened,close=last`, or by places from 0 on: `0=time,4=close`. */
export function parseCandleColumns(text: string): ColumnChoice {
  const choice: Partial<Record<ColumnRole, string | number>> = {};
  for (const item of parseList(text)) {
    const [, left = "", right = ""] = /^([^=]+)=(.+)$/.exec(item) ?? [];
    const isPlace = /^\d{1,3}$/.test(left.trim());
    const wanted = (isPlace ? right : left).trim().toLowerCase();
    const role = columnRoles.find((candidate) => candidate === wanted);
    if (role === undefined)
      throw new InvalidArgumentError(
        `Give pairs such as time=opened, or of a file without names 0=time; a column can be ${columnRoles.join(", ")}.`,
      );
    choice[role] = isPlace ? Number(left) : right.trim();
  }
  return choice;
}

/** `name=value`, the value as JSON where it is JSON, added to the ones before it. */
export function parseSuiteParameter(
  text: string,
  before: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { name, value } = nameAndValue(text, "limit=100");
  let parsed: unknown = value;
  try {
    parsed = JSON.parse(value);
  } catch {
    // It is a plain text.
  }
  return { ...before, [name]: parsed };
}

export function parseWholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Give a whole number from 0 on.");
  return Number(text);
}

export function parsePositiveInteger(text: string): number {
  if (!/^0*[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError("Give a whole number above zero.");
  return Number(text);
}

export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError("Give a port from 0 to 65535.");
  return Number(text);
}

/** `64MB` as bytes; K, M and G are powers of 1024. */
export function parseBytes(text: string): number {
  const size = byteSize(text);
  if (size === undefined) throw new InvalidArgumentError("Give a size such as 64MB or 1GB.");
  return size;
}

/** `2026-01-31` */
export function parseDay(text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError("Give a day such as 2026-01-31.");
  return text;
}

/** `5m,10m,20m` in seconds. */
export function parseDurations(text: string): readonly number[] {
  return parseList(text).map((item) => {
    const seconds = durationSeconds(item);
    if (seconds === undefined) throw new InvalidArgumentError("Give durations such as 30s,5m,1h.");
    return seconds;
  });
}

/** `3.3` or `3.3.2` */
export function parseAirflowVersion(text: string): AirflowVersion {
  const version = airflowVersion(text);
  if (version === undefined)
    throw new InvalidArgumentError(`Give a version such as 3.3, not older than ${oldestAirflow}.`);
  return version;
}

/** `name=value`, added to the ones before it. */
export function parseParameter(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { name, value } = nameAndValue(text, "desk=fx");
  return { ...before, [name]: value };
}

function nameAndValue(text: string, example: string): { readonly name: string; readonly value: string } {
  const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError(`Give a name and a value, as in --parameter ${example}.`);
  return { name: name.trim(), value };
}

/** A date or an instant, as ISO text. */
export function parseInstantText(text: string): string {
  try {
    return new Date(parseInstant(text)).toISOString();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
