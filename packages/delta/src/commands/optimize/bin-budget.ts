import { totalSize } from "../../statistics/file-metrics.ts";
import type { AddFile } from "../../protocol/actions.ts";

const mebibyte = 1024 * 1024;

/** Bins written at once: a small one waits for files and for single-threaded steps most of its time. */
export const binsAtOnceMax = 8;
/** Bytes of memory that the bins under way may take together, unless the caller says how many. */
export const binMemoryDefault: number = 1024 * mebibyte;
/** Bytes of memory for a byte of Parquet: decoded, and once more in the sort. */
const decodedPerStoredByte = 8;
/** Bytes that a bin takes besides: its session, and the buffers of a reader and a writer. */
const bytesPerBin = 16 * mebibyte;

/**
 * The memory that a bin is expected to take, in bytes. All of a bin is in memory while it is sorted; what is only joined
 * streams through, so that two bins always fit: one alone leaves a core idle while it reads or compresses its last group.
 */
export function binMemory(bin: readonly AddFile[], isSorted: boolean, memoryMax: number): number {
  const bytes = bytesPerBin + totalSize(bin) * decodedPerStoredByte;
  return isSorted ? bytes : Math.min(bytes, memoryMax / 2);
}
