import * as z from "zod";

/** What a contestant reports of one run, as the last line of its output. */
export interface Measurement {
  /** Of the measured part alone: start-up and loading of inputs left out. */
  readonly seconds: number;
  /** Of all cores, where a whole process is measured. */
  readonly cpuSeconds?: number | undefined;
  readonly rows: number;
  /** Bytes that a write left on the disk. */
  readonly bytes?: number | undefined;
  /** The largest resident size of the process, inputs that it holds in memory included. */
  readonly peakMemoryBytes: number;
  /** The resident size when the measured part began. */
  readonly startMemoryBytes: number;
}

export const measurementSchema: z.ZodType<Measurement> = z.strictObject({
  seconds: z.number().positive(),
  cpuSeconds: z.number().positive().optional(),
  rows: z.int().min(0),
  bytes: z.int().min(0).optional(),
  peakMemoryBytes: z.int().positive(),
  startMemoryBytes: z.int().positive(),
});

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new Error("There is no median of nothing");
  return (lower + upper) / 2;
}
