import { unionOf } from "../market/range-set.ts";
import type { RangeSet } from "../market/range-set.ts";
import { formatInstant } from "../market/time-range.ts";
import { IngestionError } from "./ingestion-error.ts";

export const rejectedShareMaxDefault = 0.05;
/** Reasons and ranges that an error names. */
const reasonsNamedMax = 3;
const rangesNamedMax = 3;

/** How many of a run's rows failed a check, and whether that is too many. */
export interface RejectionGate {
  readonly passed: boolean;
  /** Of all rows that were checked, from 0 to 1. */
  readonly rejectedShare: number;
  readonly rejectedShareMax: number;
  readonly rowsRejected: number;
  /** What was rejected as a whole, whatever the share, and is not covered. */
  readonly rejectedRanges: RangeSet;
  /** The most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly rows: number }[];
}

interface Counted {
  readonly rowsIngested: number;
  readonly rowsUnchanged: number;
  readonly rowsRejected: number;
  readonly reasons: ReadonlyMap<string, number>;
  readonly rejectedRanges?: RangeSet | undefined;
}

/** Adds the series of a run up. */
export function rejectionGate(series: readonly Counted[], rejectedShareMax: number): RejectionGate {
  let rows = 0;
  let rowsRejected = 0;
  const counts = new Map<string, number>();
  for (const one of series) {
    rows += one.rowsIngested + one.rowsUnchanged + one.rowsRejected;
    rowsRejected += one.rowsRejected;
    for (const [reason, count] of one.reasons) counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  const rejectedRanges = unionOf(series.flatMap((one) => one.rejectedRanges ?? []));
  const rejectedShare = rows === 0 ? 0 : rowsRejected / rows;
  const reasons = [...counts]
    .toSorted((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1))
    .map(([reason, count]) => ({ reason, rows: count }));
  return {
    passed: rejectedShare <= rejectedShareMax && (rejectedRanges.length === 0 || rejectedShareMax >= 1),
    rejectedShare,
    rejectedShareMax,
    rowsRejected,
    rejectedRanges,
    reasons,
  };
}

/** @throws IngestionError `TOO_MANY_REJECTED` */
export function assertGate(gate: RejectionGate): void {
  if (!gate.passed) throw gateError(gate);
}

/** What to tell of a gate that did not pass. */
export function gateError(
  { rejectedShare, rejectedShareMax, rowsRejected, rejectedRanges, reasons }: RejectionGate,
  isImport = false,
): IngestionError {
  const top = reasons.slice(0, reasonsNamedMax).map(({ reason, rows }) => `${reason} (${rows})`);
  const more = reasons.length > reasonsNamedMax ? ", ..." : "";
  const hint = reasons.some(({ reason }) => reason.startsWith("price out of range"))
    ? ". Where such prices are right, set ingestion.price_limits of the configuration, then run ffe dlq replay"
    : "";
  const stretches =
    rejectedRanges.length === 0
      ? ""
      : isImport
        ? `. Rejected as a whole, and not counted as fetched: ${listed(rejectedRanges)}. A backfill asks a provider for it`
        : `. Rejected as a whole, and asked for again by the next run: ${listed(rejectedRanges)}. ffe gaps --repair asks once more and then lets it be`;
  const limit =
    rejectedShare > rejectedShareMax ? `, and no more than ${percent(rejectedShareMax)} may be` : "";
  return new IngestionError(
    "TOO_MANY_REJECTED",
    `${percent(rejectedShare)} of the rows were rejected, ${rowsRejected} in all${limit}: ${top.join(", ")}${more}${stretches}${hint}`,
  );
}

function listed(ranges: RangeSet): string {
  const texts = ranges
    .slice(0, rangesNamedMax)
    .map(({ startMs, endMs }) => `${formatInstant(startMs)} to ${formatInstant(endMs)}`);
  return `${texts.join(", ")}${ranges.length > rangesNamedMax ? ", ..." : ""}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
