import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import type { SourceIdentity } from "../source/message-source.ts";
import type { StreamTarget } from "./commit-batch.ts";
import type { PlacedRejection } from "./stream-writer.ts";

/**
 * Writes what was rejected to the dead letters, durably. A message has its topic, partition and offset there: a batch that is
 * read again after a crash leaves the queue as it is.
 */
export async function writeRejected(
  rejected: readonly PlacedRejection[],
  table: string,
  { topic }: SourceIdentity,
  { deadLetters, reading }: Pick<StreamTarget, "reading"> & { readonly deadLetters: DeadLetterQueue },
): Promise<void> {
  if (rejected.length === 0) return;
  await deadLetters.writeRecords(
    {
      table,
      source: topic,
      ...(reading === undefined ? {} : { format: reading.format, time_unit: reading.timeUnit }),
    },
    rejected.map(({ partition, label, receivedMs, rejection }) => ({
      timeMs: rejection.timeMs ?? receivedMs,
      key: rejection.key,
      position: { topic, partition: nameOf(partition), offset: label },
      reason: rejection.reason,
      sourceFile: `stream:${topic}/${partition}`,
      row: rejection.row,
      raw: rejection.raw,
    })),
  );
}

/** Brokers count their partitions; those of feeds have names. */
function nameOf(partition: string): number | string {
  return /^\d+$/.test(partition) ? Number(partition) : partition;
}
