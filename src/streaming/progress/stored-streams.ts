import type { Snapshot } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { formatTableName } from "../../storage/table-names.ts";
import { knownSources } from "./stream-progress.ts";

/** How far a stream is with one topic in one table. */
export interface StoredStream {
  readonly job: string;
  /** `bronze.raw_trades` */
  readonly table: string;
  readonly topic: string;
  readonly clusterId: string;
  readonly topicId: string;
  /** Whether the topic's name stands for this one now: one that was made anew has taken it from the older ones. */
  readonly isCurrent: boolean;
  readonly partitions: readonly StoredPosition[];
}

interface StoredPosition {
  readonly partition: string;
  readonly position: number;
  /** When its last commit was made: milliseconds since the epoch. */
  readonly committedMs: number | undefined;
}

const prefix = "ffe.stream/";

/** The streams that have written to a lake, by the tables alone. */
export async function readStoredStreams(lake: DeltaLakeManager): Promise<readonly StoredStream[]> {
  const streams: StoredStream[] = [];
  for (const name of await lake.listTables()) {
    if (name.layer !== "bronze") continue;
    streams.push(...streamsOf(formatTableName(name), await lake.tableIn(name).snapshot()));
  }
  return streams.toSorted((one, other) => (one.job < other.job ? -1 : one.job > other.job ? 1 : 0));
}

function streamsOf(table: string, snapshot: Snapshot): readonly StoredStream[] {
  const own = snapshot.transactions.filter(({ appId }) => appId.startsWith(prefix));
  const jobs = new Set(own.map(({ appId }) => appId.split("/")[1] ?? ""));
  return [...jobs].flatMap((job) => {
    const sources = knownSources(snapshot, job);
    return sources.map((source): StoredStream => {
      const ofTopic = `${prefix}${job}/${source.topicId}/`;
      const partitions = own
        .filter(({ appId }) => appId.startsWith(ofTopic))
        .map(({ appId, version, lastUpdated }): StoredPosition => ({
          partition: appId.slice(ofTopic.length),
          position: version,
          committedMs: lastUpdated,
        }));
      const { topic, clusterId, topicId } = source;
      return {
        job,
        table,
        topic,
        clusterId,
        topicId,
        isCurrent: sources.findLast((one) => one.topic === topic) === source,
        partitions: partitions.toSorted((one, other) =>
          one.partition.localeCompare(other.partition, "en", { numeric: true }),
        ),
      };
    });
  });
}
