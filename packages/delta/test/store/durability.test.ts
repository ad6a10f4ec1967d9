import assert from "node:assert/strict";
import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaError, DeltaTable, LocalStore, StoreError } from "../../src/index.ts";
import type { AppendOptions, AppendResult, Snapshot } from "../../src/index.ts";
import { isWhole, sampled } from "../../../../test/sampled.ts";
import { CrashingFileSystem } from "../../src/testing/crashing-file-system.ts";
import type { Fault } from "../../src/testing/crashing-file-system.ts";
import { columns, engine, idsOf, range, temporaryFolder } from "../support/tables.ts";

const schema = columns({ id: "long", p: "string" });
const partitionBy = ["p"];
const addedIds = [101, 102, 103];
const added = { rows: addedIds.map((id) => ({ id, p: `p${id % 2}` })) };

interface Scenario {
  readonly title: string;
  /** Lays the ground below the folder. */
  prepare(folder: string): Promise<void>;
  /** Where the table lies, relative to the folder. */
  readonly place: string;
  readonly oldIds: readonly number[];
  /** The table's version before, or -1 when there is none. */
  readonly oldVersion: number;
  readonly options: AppendOptions;
  /** How its disk fails: each scenario takes another way. */
  readonly errno: "EIO" | "ENOSPC";
}

const appending: Scenario = {
  title: "an append that is due a checkpoint",
  place: "table",
  async prepare(folder) {
    const table = await DeltaTable.create(join(folder, "table"), {
      schema,
      partitionBy,
      properties: { "delta.checkpointInterval": "3" },
      engine,
    });
    for (let id = 1; id <= 2; id += 1) await table.append({ rows: [{ id, p: "old" }] });
  },
  oldIds: range(1, 2),
  oldVersion: 2,
  options: {},
  errno: "EIO",
};

const creating: Scenario = {
  title: "an append that makes its table in new folders",
  place: "lake/bronze/table",
  async prepare() {},
  oldIds: [],
  oldVersion: -1,
  options: { createWith: { schema, partitionBy } },
  errno: "ENOSPC",
};

/** The first, the last, and all or some of those between. */
function pointsOf(sweep: string, first: number, last: number): number[] {
  return [first, ...sampled(sweep, range(first + 1, last - 1), 3), last];
}

/** The ground of a scenario, made once and copied for each run. */
async function groundOf(t: TestContext, scenario: Scenario): Promise<string> {
  const folder = await temporaryFolder(t);
  await scenario.prepare(folder);
  return folder;
}

interface Run {
  readonly fileSystem: CrashingFileSystem;
  readonly location: string;
  readonly result: AppendResult | undefined;
  readonly error: unknown;
}

async function runWith(t: TestContext, scenario: Scenario, ground: string, fault?: Fault): Promise<Run> {
  const folder = await temporaryFolder(t);
  await cp(ground, folder, { recursive: true });
  const fileSystem = await CrashingFileSystem.over(folder);
  fileSystem.arm(fault);
  const location = join(folder, scenario.place);
  const table = DeltaTable.at(new LocalStore(location, fileSystem), { engine });
  try {
    return { fileSystem, location, result: await appendOnce(table, scenario), error: undefined };
  } catch (error) {
    return { fileSystem, location, result: undefined, error };
  }
}

const crashAtOnce: Fault = { kind: "crash", at: 1, when: "before" };

class DoneAlready extends Error {}

/** The append as a pipeline does it: its progress is a transaction, looked at before the work is done again. */
async function appendOnce(table: DeltaTable, scenario: Scenario): Promise<AppendResult> {
  return table.append(added, {
    ...scenario.options,
    transactions: [{ appId: "feed", version: 1 }],
    precondition: (snapshot: Snapshot | undefined) => {
      if (snapshot?.transaction("feed") !== undefined) throw new DoneAlready("the rows are there");
    },
  });
}

/** Whether the work was still to be done. */
async function retry(
  location: string,
  scenario: Scenario,
  fileSystem?: CrashingFileSystem,
): Promise<boolean> {
  const table = DeltaTable.at(new LocalStore(location, fileSystem), { engine });
  try {
    await appendOnce(table, scenario);
    return true;
  } catch (error) {
    if (!(error instanceof DoneAlready)) throw error;
    return false;
  }
}

/** Reads every row of a table: it must be at the old version or the new one, never anything else. */
async function stateOf(location: string, scenario: Scenario, where: string): Promise<"old" | "new"> {
  const table = DeltaTable.at(location, { engine });
  if (!(await table.exists())) {
    assert.equal(scenario.oldVersion, -1, `${where}: the table is gone`);
    return "old";
  }
  const { version } = await table.snapshot();
  const ids = await idsOf(table);
  if (version === scenario.oldVersion) {
    assert.deepEqual(ids, scenario.oldIds, where);
    return "old";
  }
  assert.equal(version, scenario.oldVersion + 1, where);
  assert.deepEqual(ids, [...scenario.oldIds, ...addedIds], where);
  return "new";
}

async function assertComplete(location: string, scenario: Scenario, where: string): Promise<void> {
  const table = await DeltaTable.open(location, { engine });
  assert.deepEqual(await idsOf(table), [...scenario.oldIds, ...addedIds], where);
  assert.equal((await table.snapshot()).transaction("feed")?.version, 1, where);
}

for (const scenario of [appending, creating]) {
  test(`${scenario.title}: a crash at any operation leaves the old version or the new, and a retry completes it`, async (t) => {
    const ground = await groundOf(t, scenario);
    const { operations } = (await runWith(t, scenario, ground)).fileSystem;
    assert.ok(operations > 15);
    const seen = new Set<string>();
    for (const at of pointsOf(t.name, 0, operations)) {
      const where = `crash after operation ${at} of ${operations}`;
      const fault = at === 0 ? crashAtOnce : ({ kind: "crash", at, when: "after" } as const);
      const run = await runWith(t, scenario, ground, fault);
      seen.add(await stateOf(run.location, scenario, where));
      run.fileSystem.arm();
      const isAcknowledged = await retry(run.location, scenario, run.fileSystem);
      await assertComplete(run.location, scenario, where);
      if (isAcknowledged) await assertSurvivesPowerCut(t, run, scenario, `${where}, then a retry`);
    }
    assert.deepEqual([...seen].toSorted(), ["new", "old"]);
  });

  test(`${scenario.title}: a power cut at any operation leaves whole versions only, and keeps what was acknowledged`, async (t) => {
    const ground = await groundOf(t, scenario);
    const { operations } = (await runWith(t, scenario, ground)).fileSystem;
    const seen = new Set<string>();
    for (const at of pointsOf(t.name, 1, operations + 1)) {
      const where = `power cut after operation ${at} of ${operations}`;
      const run = await runWith(t, scenario, ground, { kind: "crash", at, when: "after" });
      const survivors = await temporaryFolder(t);
      await run.fileSystem.leaveAfterPowerCut(survivors);
      const location = join(survivors, scenario.place);
      const state = await stateOf(location, scenario, where);
      if (run.result !== undefined) assert.equal(state, "new", `${where}: an acknowledged commit is gone`);
      seen.add(state);
      await retry(location, scenario);
      await assertComplete(location, scenario, where);
    }
    assert.deepEqual([...seen].toSorted(), ["new", "old"]);
  });

  const { errno } = scenario;
  test(`${scenario.title}: ${errno} at any operation is a typed error, and the table stays readable`, async (t) => {
    const ground = await groundOf(t, scenario);
    const { operations } = (await runWith(t, scenario, ground)).fileSystem;
    let failures = 0;
    for (const at of pointsOf(t.name, 1, operations)) {
      const where = `${errno} at operation ${at} of ${operations}`;
      const run = await runWith(t, scenario, ground, { kind: "errno", at, code: errno });
      const state = await stateOf(run.location, scenario, where);
      if (run.result === undefined) {
        failures += 1;
        const { error } = run;
        assert.ok(error instanceof DeltaError || error instanceof StoreError, `${where}: ${String(error)}`);
        assert.match(error.message, new RegExp(errno), where);
      } else {
        assert.equal(state, "new", where);
      }
      await retry(run.location, scenario, run.fileSystem);
      await assertComplete(run.location, scenario, where);
    }
    assert.ok(failures > (isWhole ? 10 : 0));
  });
}

async function assertSurvivesPowerCut(
  t: TestContext,
  run: Run,
  scenario: Scenario,
  where: string,
): Promise<void> {
  const survivors = await temporaryFolder(t);
  await run.fileSystem.leaveAfterPowerCut(survivors);
  await assertComplete(join(survivors, scenario.place), scenario, `${where}, then a power cut`);
}

test("a checkpoint that cannot be written does not fail the append, and the result says so", async (t) => {
  const ground = await groundOf(t, appending);
  const { operations } = (await runWith(t, appending, ground)).fileSystem;
  const failed: unknown[] = [];
  for (const at of pointsOf(t.name, 1, operations)) {
    const { result } = await runWith(t, appending, ground, { kind: "errno", at, code: "EIO" });
    if (result?.checkpointError !== undefined) failed.push(result.checkpointError);
  }
  assert.ok(failed.length >= (isWhole ? 4 : 1));
  for (const error of failed)
    assert.match(String(error), /The (checkpoint of|clean-up of the log after) version 3 failed: .*EIO/);
});

test("a finished append leaves no temporary file", async (t) => {
  const { location } = await runWith(t, appending, await groundOf(t, appending));
  const names = await readdir(location, { recursive: true });
  assert.deepEqual(
    names.filter((name) => name.includes("tmp")),
    [],
  );
});

test("the files of an append that did not commit are removed when the disk allows", async (t) => {
  const folder = await temporaryFolder(t);
  const table = await DeltaTable.create(join(folder, "table"), { schema, partitionBy, engine });
  let calls = 0;
  const append = table.append(added, {
    precondition: () => {
      calls += 1;
      if (calls > 1) throw new DoneAlready("somebody did it");
    },
  });
  await assert.rejects(append, DoneAlready);
  const names = await readdir(join(folder, "table"), { recursive: true });
  assert.deepEqual(
    names.filter((name) => name.endsWith(".parquet")),
    [],
  );
});
