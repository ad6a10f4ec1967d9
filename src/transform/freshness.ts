import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { FreshnessLimit, SourceDefinition, UniqueId } from "./project/resources.ts";
import { NodeReads } from "./relations/node-reads.ts";

/** How old the newest row of a source is, and what its limits say of that. */
export interface SourceFreshness {
  readonly uniqueId: UniqueId;
  readonly status: "pass" | "warn" | "error" | "runtime error";
  /** `null` for a source without rows, and where the query failed. */
  readonly newest: Date | null;
  readonly ageSeconds: number | null;
  readonly checkedAt: Date;
  readonly message: string;
}

/** Sources that say how old they may be. */
export function sourcesWithFreshness(sources: Iterable<SourceDefinition>): readonly SourceDefinition[] {
  return [...sources].filter(
    ({ freshness, loadedAtField, loadedAtQuery }) =>
      (freshness?.warnAfter !== null || freshness?.errorAfter !== null) &&
      freshness !== null &&
      (loadedAtField !== null || loadedAtQuery !== null),
  );
}

/** Holds the newest row of a source against the source's limits. A source without rows is older than any limit. */
export async function sourceFreshness(
  lake: DeltaLakeManager,
  source: SourceDefinition,
  clock: Clock,
): Promise<SourceFreshness> {
  const checkedAt = new Date(clock.now());
  const common = { uniqueId: source.uniqueId, checkedAt };
  try {
    const answer = await lake.engine.query(querySql(source), new NodeReads(lake).resolve);
    const value = (await answer.rows())[0]?.["max_loaded_at"];
    const newest = instantOf(value);
    if (newest === null)
      return { ...common, status: "error", newest, ageSeconds: null, message: "there are no rows" };
    const ageSeconds = (checkedAt.getTime() - newest.getTime()) / 1000;
    return { ...common, newest, ageSeconds, ...judged(source, ageSeconds) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...common, status: "runtime error", newest: null, ageSeconds: null, message };
  }
}

function querySql({ loadedAtField, loadedAtQuery, relationName, freshness }: SourceDefinition): string {
  if (loadedAtQuery !== null) return `SELECT (\n${loadedAtQuery}\n) AS max_loaded_at`;
  const filter = freshness?.filter ?? null;
  const where = filter === null ? "" : ` WHERE ${filter}`;
  return `SELECT max(${loadedAtField ?? "NULL"}) AS max_loaded_at FROM ${relationName}${where}`;
}

/** A date is the instant at which it begins. */
function instantOf(value: unknown): Date | null {
  if (value instanceof Date) return value;
  if (typeof value !== "string") return null;
  const instant = new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(value) ? value : `${value.replace(" ", "T")}Z`);
  return Number.isNaN(instant.getTime()) ? new Date(value) : instant;
}

function judged(
  { freshness }: SourceDefinition,
  ageSeconds: number,
): Pick<SourceFreshness, "status" | "message"> {
  const isOver = (limit: FreshnessLimit | null | undefined): limit is FreshnessLimit =>
    limit !== null && limit !== undefined && ageSeconds > secondsOf(limit);
  if (isOver(freshness?.errorAfter)) return { status: "error", message: overText(freshness.errorAfter) };
  if (isOver(freshness?.warnAfter)) return { status: "warn", message: overText(freshness.warnAfter) };
  return { status: "pass", message: "PASS" };
}

function overText({ count, period }: FreshnessLimit): string {
  return `older than ${count} ${period}${count === 1 ? "" : "s"}`;
}

const secondsIn = { minute: 60, hour: 3600, day: 86_400 } as const;

function secondsOf({ count, period }: FreshnessLimit): number {
  return count * secondsIn[period];
}
