import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import * as z from "zod";

import { jsonRecord } from "../../data-quality/json-record.ts";
import { moveOffsets } from "../../streaming/progress/move-offsets.ts";
import type { OffsetMove } from "../../streaming/progress/move-offsets.ts";
import { readStoredStreams } from "../../streaming/progress/stored-streams.ts";
import type { StoredStream } from "../../streaming/progress/stored-streams.ts";
import { CommandError } from "../command-error.ts";
import type { OffsetsExportFlags, OffsetsImportFlags } from "../grammar/stream.ts";
import { withLakehouse } from "../lakehouse.ts";
import { printList } from "../output/print-list.ts";
import { writeOut } from "../output/write-out.ts";

/** What `offsets export` writes and `offsets import` reads. */
const offsetsDocument = z.object({
  stream: z.string().min(1),
  topics: z
    .array(
      z.object({
        table: z.string().min(1),
        topic: z.string().min(1),
        topic_id: z.string().min(1),
        cluster_id: z.string().min(1),
        positions: jsonRecord.transform((record, context): ReadonlyMap<string, number> => {
          const positions = new Map<string, number>();
          for (const [partition, position] of Object.entries(record))
            if (typeof position === "number" && Number.isSafeInteger(position) && position >= 0)
              positions.set(partition, position);
            else
              context.addIssue({
                code: "custom",
                path: [partition],
                message: "expected a whole number from 0 on",
              });
          return positions;
        }),
      }),
    )
    .min(1),
});

/** `ffe stream offsets export` */
export async function offsetsExport(name: string, options: OffsetsExportFlags): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const streams = (await readStoredStreams(lake)).filter(({ job, isCurrent }) => job === name && isCurrent);
    if (streams.length === 0)
      throw new CommandError(
        "INVALID_ARGUMENT",
        `No stream ${name} has written to ${lake.storagePath}. ffe stream status lists them.`,
      );
    const text = `${JSON.stringify(documentOf(name, streams), null, 2)}\n`;
    if (options.output === undefined) await writeOut(text);
    else await writeFile(options.output, text);
    return 0;
  });
}

function documentOf(stream: string, streams: readonly StoredStream[]): Readonly<Record<string, unknown>> {
  // A stream of several tables goes on from its last one: the others are as far at the least.
  const furthest = streams.toSorted((one, other) => leastOf(one) - leastOf(other));
  const spark = new Map(
    furthest
      .toReversed()
      .map(({ topic, partitions }) => [
        topic,
        Object.fromEntries(partitions.map(({ partition, position }) => [partition, position])),
      ]),
  );
  return {
    stream,
    topics: streams.map(({ table, topic, topicId, clusterId, partitions }) => ({
      table,
      topic,
      topic_id: topicId,
      cluster_id: clusterId,
      positions: Object.fromEntries(partitions.map(({ partition, position }) => [partition, position])),
    })),
    spark_starting_offsets: Object.fromEntries(spark),
  };
}

function leastOf({ partitions }: StoredStream): number {
  return partitions.reduce((least, { position }) => Math.min(least, position), Infinity);
}

/** `ffe stream offsets import` */
export async function offsetsImport(file: string, options: OffsetsImportFlags): Promise<number> {
  const { stream: job, topics } = await readDocument(file);
  const opening = { ...options, ...(options.dryRun === true ? {} : { recordedAs: "stream offsets import" }) };
  return withLakehouse(opening, async ({ lake, clock }) => {
    const stored = await readStoredStreams(lake);
    const rows: Readonly<Record<string, unknown>>[] = [];
    for (const { table, topic, topic_id: topicId, cluster_id: clusterId, positions } of topics) {
      const before = stored.find((one) => one.job === job && one.table === table && one.topicId === topicId);
      const move: OffsetMove = {
        job,
        table,
        identity: { kind: "import", topic, topicId, clusterId },
        positions,
      };
      const version =
        options.dryRun === true
          ? null
          : await moveOffsets(move, { lake, nowMs: clock.now(), ingestionId: randomUUID() });
      for (const [partition, position] of move.positions)
        rows.push({
          stream: job,
          table,
          topic,
          partition,
          from: before?.partitions.find((one) => one.partition === partition)?.position ?? null,
          to: position,
          table_version: version,
        });
    }
    await printList(
      ["stream", "table", "topic", "partition", "from", "to", "table_version"],
      rows,
      options.json === true,
    );
    if (options.dryRun === true && options.json !== true) await writeOut("A dry run: nothing was changed.\n");
    return 0;
  });
}

/** @throws CommandError `INVALID_ARGUMENT` */
async function readDocument(file: string): Promise<z.infer<typeof offsetsDocument>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new CommandError(
      "INVALID_ARGUMENT",
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  const parsed = offsetsDocument.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CommandError(
    "INVALID_ARGUMENT",
    `${file} is not a file of ffe stream offsets export: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
  );
}
