// Commits to a table that others commit to as well, for so many seconds; prints how many commits, and the longest one.
import { setTimeout as sleep } from "node:timers/promises";
import { DeltaTable, DuckDbEngine } from "finance-feedback-delta";

import { option } from "./contestant.ts";

const seconds = Number(option("seconds"));
/** Commits a second; none for as many as go. */
const pace = Number(option("pace"));
/** Without rows a commit has progress alone, and takes as little time as one can. */
const hasRows = option("rows") === "true";

const engine = new DuckDbEngine({ threads: 1 });
const table = await DeltaTable.open(option("table"), { engine });
// The first append of a process also starts the engine: not what is measured.
await table.append({ rows: [{ id: 0 }] });

const startedAt = performance.now();
let commits = 0;
let longestMs = 0;
while (performance.now() - startedAt < seconds * 1000) {
  const due = pace === 0 ? 0 : (commits * 1000) / pace - (performance.now() - startedAt);
  if (due > 0) await sleep(due);
  const beganAt = performance.now();
  await table.append(
    { rows: hasRows ? [{ id: commits }] : [] },
    { transactions: [{ appId: `writer ${process.pid}`, version: commits }] },
  );
  commits += 1;
  longestMs = Math.max(longestMs, performance.now() - beganAt);
}
process.stdout.write(`${JSON.stringify({ commits, longestMs: Math.round(longestMs) })}\n`);
await engine.close();
