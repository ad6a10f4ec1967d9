import { parseWithSource, rawJson } from "../contract/json-source.ts";

/** Statistics as they stand in the log: JSON text, with numbers that a double may not hold. */

/** Rows in the file, deleted ones too; `undefined` where the statistics do not say. */
export function recordCount(stats: string | undefined): number | undefined {
  const digits = /"numRecords"\s*:\s*(\d+)/.exec(stats ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The statistics of a file from which rows were deleted: its bounds still hold, but may be wider than need be.
 *
 * Source: PROTOCOL.md, "Per-file Statistics": with a deletion vector `numRecords` must be there.
 */
export function withWideBounds(stats: string | undefined, numRecords: number): string {
  const known = parse(stats) ?? {};
  return JSON.stringify({ ...known, numRecords, tightBounds: false });
}

function parse(stats: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (stats === undefined) return undefined;
  try {
    // Numbers keep their text: doubles would change long integers and decimals.
    const json: unknown = parseWithSource(stats, (_key, value, context) =>
      typeof value === "number" && context.source !== undefined ? rawJson(context.source) : value,
    );
    return typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}
