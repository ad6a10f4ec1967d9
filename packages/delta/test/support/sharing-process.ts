import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { DeltaError, DeltaTable, DuckDbEngine } from "../../src/index.ts";
import { RandomNumbers } from "./random-numbers.ts";
import { appendedAt, checkVersion, deletedAt, mergedAt, replacedAt, toSharedRow } from "./shared-table.ts";
import type { Progress } from "./shared-table.ts";

/**
 * Run as a process of its own: takes steps of one role on a shared table, and after each checks its newest version and
 * a random older one. Takes so many steps, or as many as the seconds allow.
 */
const [location = "", role = "", steps = "0", seconds = "0", seed = "1"] = process.argv.slice(2);
const engine = new DuckDbEngine({ threads: 1 });
const table = DeltaTable.at(location, { engine });
const random = new RandomNumbers(Number(seed));
const conflictsMax = 100;

/** Old enough for any vacuum. */
const longAgo = new Date(Date.now() - 60 * 24 * 3600 * 1000);

const roles: Readonly<Record<string, (step: number) => Promise<void>>> = {
  async appender(step) {
    const rows = appendedAt(step).map(toSharedRow);
    await table.append({ rows }, { transactions: [{ appId: "appender", version: step }] });
  },
  async changer(step) {
    if (step % 2 === 0) {
      await table.delete({ where: `writer = 'changer' AND sequence = ${deletedAt(step)}` });
      return;
    }
    await table
      .merge({
        source: { rows: mergedAt(step).map(toSharedRow) },
        on: "target.writer = source.writer AND target.sequence = source.sequence",
      })
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute();
  },
  async optimizer(step) {
    if (step % 2 === 0) await table.optimize(step % 4 === 0 ? { zOrderBy: ["sequence"], full: true } : {});
    else await replace(replacedBy(step));
  },
  async cleaner(step) {
    const name = `orphan-${process.pid}-${step}.parquet`;
    await writeFile(join(location, name), "nobody's");
    await utimes(join(location, name), longAgo, longAgo);
    assert.deepEqual((await table.vacuum()).files, [name]);
  },
};

async function replace(step: number): Promise<void> {
  await table.overwrite({ rows: replacedAt(step).map(toSharedRow) }, { where: "writer = 'replacer'" });
}

/** The optimizer also replaces rows, at every other step, so that there is something to lay out. */
function replacedBy(step: number): number {
  return Math.ceil(step / 2);
}

/** Takes a step until no other writer is in its way: what conflicts has committed nothing. */
async function persist(step: number): Promise<void> {
  const act = roles[role];
  assert.ok(act !== undefined, `there is no role "${role}"`);
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      await act(step);
      return;
    } catch (error) {
      const isConflict = error instanceof DeltaError && error.code === "CONCURRENT_WRITE";
      if (!isConflict || conflicts >= conflictsMax) throw error;
    }
  }
}

const endsAtMs = Date.now() + Number(seconds) * 1000;
let last: Progress = { appender: 0, changer: 0, replacer: 0 };
for (let step = 1; Number(seconds) > 0 ? Date.now() < endsAtMs : step <= Number(steps); step += 1) {
  await persist(step);
  const now = await checkVersion(table);
  assert.ok(isThere(now, step), `step ${step} of the ${role} was acknowledged and is gone`);
  for (const writer of ["appender", "changer", "replacer"] as const)
    assert.ok(now[writer] >= last[writer], `the ${writer} went back from step ${last[writer]}`);
  last = now;
  const { version } = await table.snapshot();
  const older = await checkVersion(table, random.below(version + 1));
  assert.ok(older.appender <= (await checkVersion(table)).appender);
}
await engine.close();

/** What the step did can still be seen. */
function isThere(progress: Progress, step: number): boolean {
  if (role === "appender" || role === "changer") return progress[role] >= step;
  return role !== "optimizer" || progress.replacer >= replacedBy(step);
}
