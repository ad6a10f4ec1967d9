import { nearestName } from "finance-feedback-delta/contract";

import { formatInstant } from "../../market/time-range.ts";
import { readStoredStreams } from "../../streaming/progress/stored-streams.ts";
import { readStreamGaps } from "../../streaming/progress/stream-gaps.ts";
import { CommandError } from "../command-error.ts";
import type { StreamChoice } from "../grammar/stream.ts";
import { withLakehouse } from "../lakehouse.ts";
import { lengthText } from "../output/length-text.ts";
import { printList } from "../output/print-list.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe stream status` */
export async function streamStatus(names: readonly string[], options: StreamChoice): Promise<number> {
  return withLakehouse(options, async ({ lake, clock }) => {
    const stored = await readStoredStreams(lake);
    assertKnown(
      names,
      stored.map(({ job }) => job),
    );
    const nowMs = clock.now();
    const rows = stored
      .filter(({ job, isCurrent }) => isChosen(job, names) && (isCurrent || options.all === true))
      .flatMap(({ job, table, topic, topicId, clusterId, partitions }) =>
        partitions.map(({ partition, position, committedMs }) => ({
          stream: job,
          topic,
          partition,
          position,
          committed_at: committedMs === undefined ? null : formatInstant(committedMs),
          ...(options.json === true
            ? {
                seconds_since_commit:
                  committedMs === undefined ? null : Math.round((nowMs - committedMs) / 1000),
              }
            : {
                since: committedMs === undefined ? "" : lengthText(Math.max(0, nowMs - committedMs) / 1000),
              }),
          table,
          topic_id: topicId,
          cluster_id: clusterId,
        })),
      );
    if (rows.length === 0 && options.json !== true)
      await writeOut(`No stream has written to ${lake.storagePath}. Try: ffe stream --source demo\n`);
    else
      await printList(
        [
          "stream",
          "topic",
          "partition",
          "position",
          "since",
          "committed_at",
          "table",
          "topic_id",
          "cluster_id",
        ],
        rows,
        options.json === true,
        { optional: ["table", "committed_at", "topic_id", "cluster_id"] },
      );
    return 0;
  });
}

/** `ffe stream gaps` */
export async function streamGapList(names: readonly string[], options: StreamChoice): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const gaps = await readStreamGaps(lake);
    const streams = await readStoredStreams(lake);
    assertKnown(
      names,
      [...gaps, ...streams].map(({ job }) => job),
    );
    const rows = gaps
      .filter(({ job, status }) => isChosen(job, names) && (status !== "filled" || options.all === true))
      .map((gap) => ({
        stream: gap.job,
        topic: gap.topic,
        partition: gap.partition,
        from: gap.fromPosition,
        to: gap.toPosition,
        positions: gap.toPosition - gap.fromPosition,
        reason: gap.reason,
        status: gap.status,
        from_time: gap.fromTimeMs === undefined ? null : formatInstant(gap.fromTimeMs),
        to_time: gap.toTimeMs === undefined ? null : formatInstant(gap.toTimeMs),
        recorded_at: formatInstant(gap.recordedAtMs),
      }));
    if (rows.length === 0 && options.json !== true) await writeOut("No stream knows of a hole.\n");
    else
      await printList(
        [
          "stream",
          "topic",
          "partition",
          "from",
          "to",
          "positions",
          "reason",
          "status",
          "from_time",
          "to_time",
          "recorded_at",
        ],
        rows,
        options.json === true,
        { optional: ["from_time", "to_time", "recorded_at"] },
      );
    return 0;
  });
}

function isChosen(job: string, names: readonly string[]): boolean {
  return names.length === 0 || names.includes(job);
}

/** @throws CommandError `INVALID_ARGUMENT` */
function assertKnown(names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  throw new CommandError(
    "INVALID_ARGUMENT",
    `No stream ${unknown} has written here.${nearest === undefined ? "" : ` Did you mean ${nearest}?`} ffe stream status lists them.`,
  );
}
