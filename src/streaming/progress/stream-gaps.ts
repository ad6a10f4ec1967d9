/**
 * `ops.stream_gaps`: what streams know to be missing. A hole has one row when it is found and another one whenever something
 * of it changes; the newest counts. A hole that is recorded again, after a crash for instance, adds nothing.
 */
import type { Row } from "finance-feedback-delta";

import type { Clock } from "../../seams/clock.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { formatTableName } from "../../storage/table-names.ts";
import { streamGaps } from "../../tables/streams.ts";

export interface StreamGap {
  readonly job: string;
  /** The kind of the source, such as `kafka`. */
  readonly source: string;
  readonly topic: string;
  readonly partition: string;
  /** The first position that is missing. */
  readonly fromPosition: number;
  /** The first position behind the hole. */
  readonly toPosition: number;
  /** `retention`: the source deleted them; `too_large`: too many to be fetched at once; `skipped`: left out on request. */
  readonly reason: "retention" | "too_large" | "skipped";
  /** `open`: to be filled; `accepted`: nobody can fill it. */
  readonly status: "open" | "filled" | "accepted";
  /** The times between which it lies, where they are known: milliseconds since the epoch. */
  readonly fromTimeMs?: number | undefined;
  readonly toTimeMs?: number | undefined;
}

export interface RecordedGap extends StreamGap {
  readonly recordedAtMs: number;
}

const tableName: string = formatTableName(streamGaps);

/** The holes as they are now, by stream, topic, partition and position. */
export async function readStreamGaps(lake: DeltaLakeManager): Promise<readonly RecordedGap[]> {
  if (!(await lake.table(tableName).exists())) return [];
  const scan = await lake.readTable({ tableName, orderBy: "recorded_at" });
  const newest = new Map<string, RecordedGap>();
  for (const row of await scan.rows()) {
    const gap = gapOf(row);
    newest.set(nameOf(gap), gap);
  }
  return [...newest.values()].toSorted(
    (one, other) =>
      compareTexts(one.job, other.job) ||
      compareTexts(one.topic, other.topic) ||
      compareTexts(one.partition, other.partition) ||
      one.fromPosition - other.fromPosition,
  );
}

/** Records holes that are new, or have changed. */
export async function recordStreamGaps(
  gaps: readonly StreamGap[],
  { lake, clock }: { readonly lake: DeltaLakeManager; readonly clock: Pick<Clock, "now"> },
): Promise<void> {
  if (gaps.length === 0) return;
  const known = new Map((await readStreamGaps(lake)).map((gap) => [nameOf(gap), gap]));
  const changed = gaps.filter((gap) => {
    const before = known.get(nameOf(gap));
    return before?.status !== gap.status || before.toPosition !== gap.toPosition;
  });
  if (changed.length === 0) return;
  const recordedAt = new Date(clock.now());
  await lake.createOrUpdateTable({
    tableName,
    rows: { rows: changed.map((gap) => rowOf(withTimes(gap, known.get(nameOf(gap))), recordedAt)) },
  });
}

/** A hole keeps its times when only its status is told. */
function withTimes(gap: StreamGap, before: StreamGap | undefined): StreamGap {
  return {
    ...gap,
    fromTimeMs: gap.fromTimeMs ?? before?.fromTimeMs,
    toTimeMs: gap.toTimeMs ?? before?.toTimeMs,
  };
}

function nameOf({ job, topic, partition, fromPosition }: StreamGap): string {
  return [job, topic, partition, fromPosition].join("/");
}

function rowOf(gap: StreamGap, recordedAt: Date): Row {
  const { job, source, topic, partition, fromPosition, toPosition, reason, status } = gap;
  return {
    job,
    source,
    topic,
    partition,
    from_position: fromPosition,
    to_position: toPosition,
    reason,
    status,
    from_time: gap.fromTimeMs === undefined ? null : new Date(gap.fromTimeMs),
    to_time: gap.toTimeMs === undefined ? null : new Date(gap.toTimeMs),
    recorded_at: recordedAt,
  };
}

function gapOf(row: Readonly<Record<string, unknown>>): RecordedGap {
  return {
    job: String(row["job"]),
    source: String(row["source"]),
    topic: String(row["topic"]),
    partition: String(row["partition"]),
    fromPosition: Number(row["from_position"]),
    toPosition: Number(row["to_position"]),
    reason: oneOf(row["reason"], ["retention", "too_large", "skipped"]),
    status: oneOf(row["status"], ["open", "filled", "accepted"]),
    fromTimeMs: timeOf(row["from_time"]),
    toTimeMs: timeOf(row["to_time"]),
    recordedAtMs: timeOf(row["recorded_at"]) ?? 0,
  };
}

function oneOf<const Value extends string>(value: unknown, values: readonly [Value, ...Value[]]): Value {
  return values.find((one) => one === value) ?? values[0];
}

function timeOf(value: unknown): number | undefined {
  return value instanceof Date ? value.getTime() : undefined;
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
