import type { PartitionBounds } from "../source/message-source.ts";

/** How far a table is behind a partition of its source. */
export interface PartitionLag {
  /** From which the stream goes on. */
  readonly position: number;
  /** Behind the last message that can be read. */
  readonly end: number;
  /** Messages at most: positions may have none, in a compacted topic for instance. Of a file: bytes. */
  readonly lag: number;
}

export function lagOf(
  positions: ReadonlyMap<string, number>,
  bounds: ReadonlyMap<string, PartitionBounds>,
): ReadonlyMap<string, PartitionLag> {
  return new Map(
    [...positions].flatMap(([partition, position]) => {
      const end = bounds.get(partition)?.end;
      return end === undefined
        ? []
        : [[partition, { position, end, lag: Math.max(0, end - position) }] as const];
    }),
  );
}
