import { recordsOf } from "./record-batch.ts";
import type { RecordBatch } from "./record-batch.ts";

/** A transaction that was taken back, as a broker lists it beside the batches. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

const abortMark = 0;

/**
 * The batches whose messages count: none of a transaction that was taken back, and no marks of transactions. A transaction may
 * begin in one answer and end in another; the broker lists it with each.
 */
export function committedBatches(
  batches: readonly RecordBatch[],
  aborted: readonly AbortedTransaction[],
): readonly RecordBatch[] {
  const pending = aborted.toSorted((one, other) => other.firstOffset - one.firstOffset);
  const open = new Set<bigint>();
  const committed: RecordBatch[] = [];
  for (const batch of batches) {
    for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
      if (next.firstOffset > batch.lastOffset) break;
      open.add(next.producerId);
      pending.pop();
    }
    if (batch.isControl) {
      if (isAbortMark(batch)) open.delete(batch.producerId);
    } else if (!batch.isTransactional || !open.has(batch.producerId)) committed.push(batch);
  }
  return committed;
}

/** A mark's key is its version and its type. One that compaction emptied ends nothing that is still there. */
function isAbortMark(batch: RecordBatch): boolean {
  const [mark] = recordsOf(batch);
  return mark?.key !== undefined && mark.key.length >= 4 && mark.key.readInt16BE(2) === abortMark;
}
