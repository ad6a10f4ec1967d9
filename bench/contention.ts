// How writers fare that commit to one table at the same time, each a process of its own, on the local disk.
// Usage: node bench/contention.ts [SECONDS]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeltaTable, field, structType } from "finance-feedback-delta";

import { runScript } from "./child-process.ts";

const seconds = Number(process.argv[2] ?? 60);
const writers = 4;
const busyPace = 25;

interface Written {
  readonly commits: number;
  readonly longestMs: number;
}

await inFolder(async (folder) => {
  const table = await newTable(join(folder, "crowd"));
  const all = await Promise.all(
    Array.from({ length: writers }, () => write(table, { seconds, pace: 0, rows: true })),
  );
  const counts = all.map(({ commits }) => commits);
  const mean = counts.reduce((sum, count) => sum + count, 0) / writers;
  const share = Math.min(...counts) / mean;
  const longestMs = Math.max(...all.map((one) => one.longestMs));
  report(
    `${writers} writers without pause for ${seconds} s: ${counts.join(", ")} commits; the slowest has ${percent(share)} of the mean; the longest append took ${longestMs} ms`,
    share >= 0.5,
    "at least 50%",
  );
});

await inFolder(async (folder) => {
  const table = await newTable(join(folder, "busy"));
  const [busy, other] = await Promise.all([
    write(table, { seconds, pace: busyPace, rows: false }),
    write(table, { seconds: Math.max(1, seconds - 2), pace: 1, rows: true }),
  ]);
  report(
    `beside ${(busy.commits / seconds).toFixed(1)} commits a second, ${other.commits} appends: the longest took ${other.longestMs} ms`,
    other.longestMs <= 1000,
    "at most 1000 ms",
  );
});

async function newTable(location: string): Promise<string> {
  await using table = await DeltaTable.create(location, { schema: structType([field("id", "long")]) });
  await table.append({ rows: [{ id: 0 }] });
  return location;
}

async function write(
  table: string,
  work: { readonly seconds: number; readonly pace: number; readonly rows: boolean },
): Promise<Written> {
  const output = await runScript("contestants/busy-writer.ts", {
    table,
    seconds: String(work.seconds),
    pace: String(work.pace),
    rows: String(work.rows),
  });
  const { commits, longestMs }: Written = JSON.parse(output);
  return { commits, longestMs };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "delta-contention-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(text: string, isReached: boolean, target: string): void {
  console.log(`${text} (target: ${target}, ${isReached ? "reached" : "missed"})`);
  if (!isReached) process.exitCode = 1;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
