import { median } from "../measurement.ts";
import { measure, report } from "./contestant.ts";

const repetitions = 20;

/** Measures a query: the first in this process, or the median of those that follow it. */
export async function measureQueries(isRepeated: boolean, query: () => Promise<number>): Promise<void> {
  if (!isRepeated) {
    await measure(async () => ({ rows: await query() }));
    return;
  }
  let rows = await query();
  const startMemoryBytes = process.memoryUsage.rss();
  const seconds: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const startedMs = performance.now();
    rows = await query();
    seconds.push((performance.now() - startedMs) / 1000);
  }
  report({ rows, seconds: median(seconds), startMemoryBytes });
}
