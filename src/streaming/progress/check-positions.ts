import type { PartitionBounds, SourceIdentity } from "../source/message-source.ts";
import { StreamingError } from "../streaming-error.ts";
import type { KnownSource } from "./stream-progress.ts";

/** Messages that a source no longer has. */
export interface Hole {
  readonly partition: string;
  /** The position that was to be read next. */
  readonly from: number;
  /** The least position that can be read. */
  readonly to: number;
}

/**
 * Finds what is missing between where a stream is and what its source still has.
 *
 * @throws StreamingError `POSITION_BEYOND_END`: waiting for the source to grow past it would leave messages out in silence.
 */
export function holesOf(
  stored: ReadonlyMap<string, number>,
  bounds: ReadonlyMap<string, PartitionBounds>,
  { topic }: SourceIdentity,
): readonly Hole[] {
  const holes: Hole[] = [];
  for (const [partition, position] of stored) {
    const bound = bounds.get(partition);
    if (bound === undefined) continue;
    if (position > bound.end && bound.endMayLag !== true)
      throw new StreamingError(
        "POSITION_BEYOND_END",
        `${topic}, partition ${partition}: the table has messages up to ${position}, and the source ends at ${bound.end}. It lost messages that were read.`,
        { nextStep: "--start offsets=… says where reading begins; the rows of the table stay." },
      );
    if (position < bound.first) holes.push({ partition, from: position, to: bound.first });
  }
  return holes;
}

/** @throws StreamingError `POSITIONS_GONE` */
export function assertNoHoles(holes: readonly Hole[], { topic }: SourceIdentity): void {
  if (holes.length === 0) return;
  const told = holes.map(
    ({ partition, from, to }) =>
      `partition ${partition}: offsets ${from} to ${to - 1} (${(to - from).toLocaleString("en-US")} messages at most)`,
  );
  throw new StreamingError(
    "POSITIONS_GONE",
    `${topic}: messages are gone from the source. ${told.join("; ")}`,
    {
      nextStep: "--on-gap skip goes on behind them, and records the hole in ops.stream_gaps.",
    },
  );
}

/**
 * Refuses a topic whose name stood for another one before: its positions mean other messages.
 *
 * @throws StreamingError `TOPIC_RECREATED`
 */
export function assertSameSource(
  known: readonly KnownSource[],
  { topic, clusterId, topicId }: SourceIdentity,
): void {
  const last = known.findLast((source) => source.topic === topic);
  if (last === undefined || (last.topicId === topicId && last.clusterId === clusterId)) return;
  const what =
    last.clusterId === clusterId
      ? `the topic was made anew (${last.topicId} is now ${topicId})`
      : `it is in another cluster (${last.clusterId} is now ${clusterId})`;
  throw new StreamingError("TOPIC_RECREATED", `${topic}: ${what}, so its offsets mean other messages`, {
    nextStep: "--accept-new-topic reads it from its beginning.",
  });
}
