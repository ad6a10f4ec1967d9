/**
 * How far a stream is lies in its table, in the commits of the rows: for each partition a Delta `txn` action
 * `ffe.stream/JOB/TOPIC_ID/PARTITION` whose version is the position to go on from. A topic that is made anew has another id,
 * so its positions are never mistaken for those of the old one. One more entry, `ffe.stream/JOB/source/TOPIC/CLUSTER/TOPIC_ID`,
 * tells that this has happened.
 */
import type { Transaction } from "finance-feedback-delta";

import type { ProgressGuard, StoredProgress } from "../../bronze/commit-proposal.ts";
import type { SourceIdentity } from "../source/message-source.ts";

/** A source that a stream has read from. */
export interface KnownSource {
  readonly topic: string;
  readonly clusterId: string;
  readonly topicId: string;
  readonly firstSeenMs: number;
}

/** A partition that moved: the batch has its messages between two positions. */
export interface PartitionMove {
  readonly partition: string;
  /** Where the table must have it; `undefined` of a partition that the table does not know yet. */
  readonly from: number | undefined;
  readonly after: number;
}

function positionId(job: string, { topicId }: SourceIdentity, partition: string): string {
  return `ffe.stream/${job}/${topicId}/${partition}`;
}

/** The position of a partition in a table; `undefined` before its first commit. */
export function storedPosition(
  stored: StoredProgress | undefined,
  job: string,
  identity: SourceIdentity,
  partition: string,
): number | undefined {
  return stored?.transaction(positionId(job, identity, partition))?.version;
}

/** The partitions of a source that a job has read. */
export function storedPartitions(
  stored: StoredProgress | undefined,
  job: string,
  identity: SourceIdentity,
): readonly string[] {
  const prefix = positionId(job, identity, "");
  return (stored?.transactions ?? []).flatMap(({ appId }) =>
    appId.startsWith(prefix) ? [appId.slice(prefix.length)] : [],
  );
}

/** The sources of a job, the one seen last at the end. */
export function knownSources(stored: StoredProgress | undefined, job: string): readonly KnownSource[] {
  const prefix = `ffe.stream/${job}/source/`;
  return (stored?.transactions ?? [])
    .flatMap(({ appId, version }) => {
      if (!appId.startsWith(prefix)) return [];
      const [topic, clusterId, topicId] = appId.slice(prefix.length).split("/");
      return topic === undefined || clusterId === undefined || topicId === undefined
        ? []
        : [{ topic, clusterId, topicId, firstSeenMs: version }];
    })
    .toSorted((one, other) => one.firstSeenMs - other.firstSeenMs);
}

/** The entry that says which source the positions belong to; none if the table has it. */
export function sourceTransactions(
  stored: StoredProgress | undefined,
  job: string,
  identity: SourceIdentity,
  nowMs: number,
): readonly Transaction[] {
  const { topic, clusterId, topicId } = identity;
  const appId = `ffe.stream/${job}/source/${topic}/${clusterId}/${topicId}`;
  return stored?.transaction(appId) === undefined ? [{ appId, version: nowMs }] : [];
}

/** The progress of a batch, as a commit carries it. */
export function moveTransactions(
  moves: readonly PartitionMove[],
  job: string,
  identity: SourceIdentity,
  nowMs: number,
): readonly Transaction[] {
  return moves.map(({ partition, after }) => ({
    appId: positionId(job, identity, partition),
    version: after,
    // Known before the commit, so the next batch knows what it must find.
    lastUpdated: nowMs,
  }));
}

/** Whether a table stands where a batch begins. */
export function standsAt(
  stored: StoredProgress | undefined,
  moves: readonly PartitionMove[],
  job: string,
  identity: SourceIdentity,
): boolean {
  return moves.every(({ partition, from }) => storedPosition(stored, job, identity, partition) === from);
}

/** What a commit must find, or it is not made: the entries of its partitions as this stream saw them last. */
export function moveGuards(
  stored: StoredProgress | undefined,
  moves: readonly PartitionMove[],
  job: string,
  identity: SourceIdentity,
): readonly ProgressGuard[] {
  return moves.map(({ partition }) => {
    const appId = positionId(job, identity, partition);
    return { appId, seen: stored?.transaction(appId) };
  });
}
