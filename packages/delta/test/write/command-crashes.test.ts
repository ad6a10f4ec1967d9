import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { after as afterAll, test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaError, DeltaTable, LocalStore, StoreError } from "../../src/index.ts";
import { messageOf } from "../../src/errors.ts";
import { commitPath, logFolder } from "../../src/log/log-files.ts";
import { isWhole, sampled } from "../../../../test/sampled.ts";
import { TemporaryFolder } from "../../../../test/temporary-folder.ts";
import { orphansOf } from "../support/committed-files.ts";
import { commandScenarios } from "../support/command-scenarios.ts";
import type { CommandScenario } from "../support/command-scenarios.ts";
import { CrashingFileSystem } from "../../src/testing/crashing-file-system.ts";
import type { Fault } from "../../src/testing/crashing-file-system.ts";
import { engine, range, rejects, temporaryFolder } from "../support/tables.ts";

/** How many scenarios `npm test` takes, and how many changes to the disk of each sweep. */
const fewScenarios = 6;
const fewSteps = 2;
/** Runs a single step again. */
const onlyStep = process.env["STEP"];

/** All that a reader can see of a table's newest version, and of the version itself. */
interface State {
  readonly version: number;
  /** Columns, rows and properties, as a text; why they cannot be read where a file is gone. */
  readonly contents: string;
}

async function stateOf(location: string): Promise<State> {
  const table = DeltaTable.at(location, { engine });
  if (!(await table.exists())) return { version: -1, contents: "no table" };
  const snapshot = await table.snapshot();
  const { version, schema, metadata } = snapshot;
  const rows = await readRows(table);
  return { version, contents: JSON.stringify([schema, metadata.configuration, rows]) };
}

async function readRows(table: DeltaTable): Promise<readonly string[]> {
  try {
    const rows = await (await table.scan()).rows();
    return rows
      .map((row) => JSON.stringify(row, (_, value) => (typeof value === "bigint" ? Number(value) : value)))
      .toSorted();
  } catch (error) {
    if (error instanceof DeltaError && error.code === "DATA_FILE_UNREADABLE") return [error.code];
    throw error;
  }
}

/** How a command ends: in a state, or in an error of a code. */
type Ending = State | string;

async function endingOf(location: string, scenario: CommandScenario): Promise<Ending> {
  try {
    await scenario.run(new LocalStore(location));
  } catch (error) {
    if (error instanceof DeltaError) return error.code;
    throw error;
  }
  return stateOf(location);
}

/** What a command does when nothing goes wrong. */
interface Course {
  readonly ground: string;
  readonly changes: number;
  readonly before: State;
  readonly after: State;
  /** What comes of doing it a second time. */
  readonly again: Ending;
}

const place = "table";

async function courseOf(t: TestContext, scenario: CommandScenario, ground: string): Promise<Course> {
  await scenario.prepare(join(ground, place));
  const before = await stateOf(join(ground, place));
  const run = await runWith(t, scenario, ground);
  assert.equal(run.error, undefined);
  const after = await stateOf(run.location);
  const again = await endingOf(run.location, scenario);
  return { ground, changes: run.fileSystem.changes, before, after, again };
}

interface Run {
  readonly fileSystem: CrashingFileSystem;
  readonly location: string;
  readonly error: unknown;
}

async function runWith(
  t: TestContext,
  scenario: CommandScenario,
  ground: string,
  fault?: Fault,
): Promise<Run> {
  const folder = await temporaryFolder(t);
  await cp(ground, folder, { recursive: true, preserveTimestamps: true });
  const fileSystem = await CrashingFileSystem.over(folder);
  fileSystem.arm(fault);
  const location = join(folder, place);
  const error: unknown = await scenario.run(new LocalStore(location, fileSystem)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { fileSystem, location, error };
}

/** A version between the two is one that only says what is going on, with the contents of the first. */
function stageOf({ before, after }: Course, state: State): "old" | "between" | "new" {
  if (state.version === after.version && state.contents === after.contents) return "new";
  assert.equal(state.contents, before.contents, `version ${state.version} is neither the old nor the new`);
  assert.ok(state.version >= before.version && state.version < after.version, `version ${state.version}`);
  return state.version === before.version ? "old" : "between";
}

/** The command done once more, by a new process on a disk that works. */
async function assertCanBeRun(
  location: string,
  scenario: CommandScenario,
  course: Course,
  stage: "old" | "between" | "new",
): Promise<void> {
  const ending = await endingOf(location, scenario);
  if (stage === "new") assert.deepEqual(ending, course.again, "done a second time");
  else if (typeof ending === "string") assert.fail(`run again, it ended in ${ending}`);
  else assert.equal(ending.contents, course.after.contents, "run again");
}

/** Whether it is certain that nothing was committed: the commit had not yet been given its name. */
function isBeforeCommit(faultAt: string | undefined): boolean {
  return faultAt?.endsWith(".json") === false;
}

/** The steps of a sweep: all or some, or the one that is to be run again. */
function stepsOf(sweep: string, { changes }: Course, first: number): number[] {
  const all = range(first, changes);
  return onlyStep === undefined
    ? sampled(sweep, all, fewSteps)
    : all.filter((step) => step === Number(onlyStep));
}

async function atStep(step: number, of: number, what: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const message = `${what} change ${step} of ${of} to the disk: ${messageOf(error)}\nSTEP=${step} runs it again, with --name for this test: npm test FILE -- --name NAME`;
    throw new Error(message, { cause: error });
  }
}

const grounds = new TemporaryFolder();
afterAll(() => {
  grounds[Symbol.dispose]();
});

const numbered = [...commandScenarios.entries()];
const chosen = onlyStep === undefined ? sampled("scenarios that crash", numbered, fewScenarios) : numbered;
for (const [index, scenario] of chosen) {
  let known: Promise<Course> | undefined;
  const courseFrom = (t: TestContext): Promise<Course> =>
    (known ??= courseOf(t, scenario, grounds.at(String(index))));
  const crashes = `${scenario.title}: a crash or a power cut at any change to the disk leaves the old version or the new`;
  test(crashes, async (t) => {
    const course = await courseFrom(t);
    // After a change is before the next one; the first can only be before all.
    for (const step of stepsOf(crashes, course, 0)) {
      await atStep(step, course.changes, "a crash after", async () => {
        const crash = { kind: "crash", counting: "changes" } as const;
        const fault: Fault =
          step === 0 ? { ...crash, at: 1, when: "before" } : { ...crash, at: step, when: "after" };
        const run = await runWith(t, scenario, course.ground, fault);
        const stage = stageOf(course, await stateOf(run.location));
        const survivors = await temporaryFolder(t);
        await run.fileSystem.leaveAfterPowerCut(survivors);
        const location = join(survivors, place);
        const stageAfterPowerCut = stageOf(course, await stateOf(location));
        if (run.error === undefined) {
          assert.equal(stage, "new", "it was acknowledged");
          assert.equal(stageAfterPowerCut, "new", "it was acknowledged, and the power was cut");
        }
        await assertCanBeRun(location, scenario, course, stageAfterPowerCut);
      });
    }
  });

  const errors = `${scenario.title}: EIO and ENOSPC at any change to the disk are typed errors, after which it can be run again`;
  test(errors, async (t) => {
    const course = await courseFrom(t);
    for (const step of stepsOf(errors, course, 1)) {
      const codes = isWhole ? (["EIO", "ENOSPC"] as const) : ([step % 2 ? "EIO" : "ENOSPC"] as const);
      for (const code of codes) {
        await atStep(step, course.changes, `${code} at`, async () => {
          const fault = { kind: "errno", at: step, counting: "changes", code } as const;
          const { error, location, fileSystem } = await runWith(t, scenario, course.ground, fault);
          const stage = stageOf(course, await stateOf(location));
          if (error === undefined)
            assert.ok(stage === "new" || (code === "ENOSPC" && scenario.worksOnFullDisk === true), stage);
          else {
            assert.ok(error instanceof DeltaError || error instanceof StoreError, messageOf(error));
            assert.match(error.message, new RegExp(code));
            if (stage === "old" && isBeforeCommit(fileSystem.faultAt)) {
              const before = await orphansOf(new LocalStore(join(course.ground, place)));
              assert.deepEqual(await orphansOf(new LocalStore(location)), before, "files are left");
            }
          }
          await assertCanBeRun(location, scenario, course, stage);
        });
      }
    }
  });
}

test("a name that somebody was told exists survives a power cut, though its writer failed to make it durable", async (t) => {
  const folder = await temporaryFolder(t);
  const fileSystem = await CrashingFileSystem.over(folder);
  const writer = (): LocalStore => new LocalStore(join(folder, place), fileSystem);
  const path = commitPath(0);
  const exists = async (): Promise<boolean> => (await writer().listNames(logFolder)).length > 0;
  for (let at = 1; !(await exists()); at += 1) {
    fileSystem.arm({ kind: "errno", at, code: "EIO" });
    await rejects(writer().putIfAbsent(path, new Uint8Array(1)), "IO_FAILED", /EIO/);
    fileSystem.arm();
  }
  await rejects(writer().putIfAbsent(path, new Uint8Array(2)), "ALREADY_EXISTS");
  const survivors = await temporaryFolder(t);
  await fileSystem.leaveAfterPowerCut(survivors);
  assert.deepEqual(await new LocalStore(join(survivors, place)).read(path), Buffer.alloc(1));
});
