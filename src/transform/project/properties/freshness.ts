import { isPlainMap } from "../plain.ts";
import type { Plain, PlainMap } from "../plain.ts";
import type { Freshness, FreshnessLimit } from "../resources.ts";
import type { Entry } from "./entry.ts";

const periods = ["minute", "hour", "day"] as const;

/**
 * A source's freshness by what the source, its config, the table and its config say, the later the stronger. A `null`
 * switches the check off. `undefined` when nobody says anything.
 */
export function mergedFreshness(source: Entry, table: Entry): PlainMap | null | undefined {
  const said = [source, source.entry("config"), table, table.entry("config")];
  let merged: PlainMap | null | undefined;
  for (const entry of said) {
    if (!entry.has("freshness")) continue;
    const given = entry.get("freshness");
    if (given === null || given === undefined) merged = null;
    else merged = isPlainMap(given) ? mergedLimits(merged ?? undefined, given, entry) : merged;
  }
  return merged;
}

function mergedLimits(before: PlainMap | undefined, given: PlainMap, entry: Entry): PlainMap {
  const limit = (name: string): Plain => {
    if (!given.has(name)) return before?.get(name) ?? noLimit;
    const value = given.get(name);
    if (value === null || value === undefined) return null;
    if (!isPlainMap(value)) throw entry.invalid(["freshness", name], `${name} must hold count and period`);
    const known = before?.get(name);
    const whole = new Map([...noLimit, ...(isPlainMap(known) ? known : []), ...value]);
    checkLimit(whole, name, entry);
    return whole;
  };
  return new Map<string, Plain>([
    ["warn_after", limit("warn_after")],
    ["error_after", limit("error_after")],
    ["filter", given.get("filter") ?? before?.get("filter") ?? null],
  ]);
}

const noLimit: PlainMap = new Map<string, Plain>([
  ["count", null],
  ["period", null],
]);

function checkLimit(limit: PlainMap, name: string, entry: Entry): void {
  const count = limit.get("count");
  const period = limit.get("period");
  if (count !== null && typeof count !== "bigint")
    throw entry.invalid(["freshness", name], `count of ${name} must be a whole number`);
  if (period !== null && !periods.some((known) => known === period))
    throw entry.invalid(["freshness", name], `period of ${name} must be minute, hour or day`);
}

/** The limits of a merged config; `null` when there is none. */
export function freshnessOf(config: Plain | undefined): Freshness | null {
  if (!isPlainMap(config)) return null;
  const warnAfter = limitOf(config.get("warn_after"));
  const errorAfter = limitOf(config.get("error_after"));
  if (warnAfter === null && errorAfter === null) return null;
  const filter = config.get("filter");
  return { warnAfter, errorAfter, filter: typeof filter === "string" ? filter : null };
}

function limitOf(value: Plain | undefined): FreshnessLimit | null {
  if (!isPlainMap(value)) return null;
  const count = value.get("count");
  const period = periods.find((known) => known === value.get("period"));
  return typeof count === "bigint" && period !== undefined ? { count: Number(count), period } : null;
}
