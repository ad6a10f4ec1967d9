import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaError, DeltaTable, DuckDbEngine, StoreError } from "../../src/index.ts";
import type { EngineSession, MemoryStore, WriteRequest, WrittenFile } from "../../src/index.ts";
import { messageOf } from "../../src/errors.ts";
import { missingFiles, orphansOf } from "../support/committed-files.ts";
import { FaultyStore, isCommit } from "../support/faulty-store.ts";
import type { StoreFault } from "../support/faulty-store.ts";
import {
  appendOf,
  bagOfSmall,
  createOf,
  deleteOf,
  idIs,
  idLeaves,
  mergeOf,
  optimizeOf,
  overwritePartitionsOf,
  rowsWith,
  smallRowsOf,
  smallSchema,
  toRows,
  updateOf,
} from "../support/table-changes.ts";
import type { TableChange } from "../support/table-changes.ts";
import { engine, memoryStore } from "../support/tables.ts";
import { isWhole, sampled } from "../../../../test/sampled.ts";

/** What a store, or somebody who wraps it, may throw: none of it says whether the request was done. */
const errors: readonly (() => Error)[] = [
  () => new StoreError("IO_FAILED", "the connection broke"),
  () => new Error("wrapped", { cause: new StoreError("IO_FAILED", "refused", { wroteNothing: true }) }),
  () => new Error("wrapped", { cause: new StoreError("ALREADY_EXISTS", "it exists") }),
  () => new DeltaError("CONCURRENT_WRITE", "somebody wraps errors in these"),
  () => new Error("twice", { cause: new Error("wrapped", { cause: new DeltaError("APPEND_ONLY", "no") }) }),
];

const before = rowsWith([1, 2, 3, 4, 5, 6], 1);
const everyFile = { "delta.enableDeletionVectors": "true", "delta.enableChangeDataFeed": "true" };

interface Scenario {
  readonly change: TableChange;
  readonly properties?: Readonly<Record<string, string>>;
  /** What another writer commits just before this one. */
  readonly rival?: TableChange;
  /** No table is there. */
  readonly isFirst?: true;
}

const rivalRows = appendOf("rival", rowsWith([99], 1));

const scenarios: readonly Scenario[] = [
  { change: appendOf("append", rowsWith([11, 12])) },
  { change: appendOf("append", rowsWith([11, 12])), rival: rivalRows },
  { change: createOf("create", rowsWith([11, 12])), isFirst: true },
  { change: createOf("create", rowsWith([11, 12])), isFirst: true, rival: createOf("rival", rowsWith([99])) },
  { change: deleteOf("delete", idLeaves(1, 3)) },
  { change: updateOf("update", idIs(2)), properties: everyFile },
  { change: mergeOf("merge", rowsWith([3, 4, 7], 10)), rival: rivalRows },
  { change: overwritePartitionsOf("partitions", rowsWith([8, 10])) },
  { change: optimizeOf("optimize"), rival: deleteOf("rival", idIs(1)) },
];

async function layTable(store: MemoryStore, properties: Readonly<Record<string, string>>): Promise<void> {
  const table = await DeltaTable.create(store, {
    schema: smallSchema,
    partitionBy: ["p"],
    properties,
    engine,
  });
  await table.append({ rows: toRows(before.slice(0, 3)) });
  await table.append({ rows: toRows(before.slice(3)) });
}

async function copyOf(t: TestContext, ground: MemoryStore): Promise<MemoryStore> {
  const copy = memoryStore(t);
  for await (const { path } of ground.listRecursively("")) await copy.put(path, await ground.read(path));
  return copy;
}

async function stateOf(store: MemoryStore): Promise<readonly string[]> {
  const table = DeltaTable.at(store, { engine });
  return (await table.exists()) ? bagOfSmall(await smallRowsOf(table)) : [];
}

interface Seams {
  readonly fault?: StoreFault;
  readonly now?: () => number;
  readonly engine?: DuckDbEngine;
}

/** Runs the change over a copy of the ground, and holds what it left behind to what was promised. */
async function runWith(
  t: TestContext,
  scenario: Scenario,
  ground: MemoryStore,
  seams: Seams,
): Promise<FaultyStore> {
  const { change, rival } = scenario;
  const copy = await copyOf(t, ground);
  const store = new FaultyStore(copy, seams.fault);
  let old = scenario.isFirst === true ? [] : before;
  if (rival !== undefined) {
    store.rival = async () => {
      await rival.run(DeltaTable.at(copy, { engine }));
      old = [...rival.apply(old)];
    };
  }
  const { now = Date.now } = seams;
  const table = DeltaTable.at(store, { engine: seams.engine ?? engine, now });
  const error: unknown = await change.run(table).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await store.settle();
  assert.deepEqual(await missingFiles(copy), [], "a commit names files that were deleted");
  const rows = await stateOf(copy);
  const [whenOld, whenNew] = [bagOfSmall(old), bagOfSmall(change.apply(old))];
  if (error === undefined) assert.deepEqual(rows, whenNew, "it was acknowledged");
  else
    assert.ok(
      [String(whenOld), String(whenNew)].includes(String(rows)),
      `neither old nor new: ${String(rows)}`,
    );
  const firstTry = store.requests.findIndex((request) => isCommitRequest(request));
  if (error !== undefined && firstTry < 0)
    assert.deepEqual(await orphansOf(copy), [], "nothing was tried, and files are left");
  return store;
}

/** Before files are staged there is nothing to delete. Of a commit whose answer is lost every shape of error is tried. */
function faultsOf(requests: readonly string[]): StoreFault[] {
  const first = requests.indexOf("openStaging");
  return requests.flatMap((request, at): StoreFault[] => {
    if (at < first) return [];
    const moments: readonly StoreFault["when"][] = isCommitRequest(request)
      ? ["before", "after", "late"]
      : ["before", "after"];
    const all = moments.flatMap((when) => errors.map((error) => ({ at, when, error })));
    // A whole sweep has all errors at every request; else they take turns.
    if (isWhole) return all;
    const chosen = all.filter(({ when }, index) => index % 3 === at % 3 && when !== "after").slice(0, 1);
    const lost = all.filter(({ when }) => when === "after");
    return isCommitRequest(request) ? [...chosen, ...lost] : (at % 2 === 0 ? lost : chosen).slice(0, 1);
  });
}

function isCommitRequest(request: string): boolean {
  return request.startsWith("putIfAbsent ") && isCommit(request.slice("putIfAbsent ".length));
}

async function groundOf(t: TestContext, scenario: Scenario): Promise<MemoryStore> {
  const ground = memoryStore(t);
  if (scenario.isFirst !== true) await layTable(ground, scenario.properties ?? {});
  return ground;
}

function titleOf({ change, rival }: Scenario): string {
  return rival === undefined ? change.kind : `${change.kind} behind ${rival.kind} of another writer`;
}

for (const scenario of sampled("commits that fail", scenarios, 4)) {
  test(`${titleOf(scenario)}: no error of the store, however wrapped, deletes a file that a commit may name`, async (t) => {
    const ground = await groundOf(t, scenario);
    const { requests } = await runWith(t, scenario, ground, {});
    for (const fault of sampled(titleOf(scenario), faultsOf(requests), 6)) {
      try {
        await runWith(t, scenario, ground, { fault });
      } catch (reason) {
        const what = `${fault.when} request ${fault.at}, ${requests[fault.at]}, an error "${fault.error().message}"`;
        throw new Error(`${what}: ${messageOf(reason)}`, { cause: reason });
      }
    }
  });

  test(`${titleOf(scenario)}: a clock or an engine that fails on the way deletes no file that a commit may name`, async (t) => {
    const ground = await groundOf(t, scenario);
    const failingEngine = new FailingEngine({ threads: 1 });
    t.after(() => failingEngine.close());
    for (const seam of ["clock", "engine"] as const) {
      let count = 0;
      for (let failing = 0; failing <= count; failing += 1) {
        count = 0;
        const step = (): void => {
          count += 1;
          if (count > failing) throw new Error("wrapped", { cause: new DeltaError("APPEND_ONLY", "no") });
        };
        if (seam === "clock") {
          const now = (): number => {
            step();
            return 1;
          };
          await runWith(t, scenario, ground, { now });
        } else {
          failingEngine.step = step;
          await runWith(t, scenario, ground, { engine: failingEngine });
        }
      }
    }
  });
}

/** Fails before what it is asked, or when it is done. */
class FailingEngine extends DuckDbEngine {
  step: () => void = () => {};

  override async writeFiles(request: WriteRequest): Promise<readonly WrittenFile[]> {
    this.step();
    const written = await super.writeFiles(request);
    this.step();
    return written;
  }

  override async openSession(): Promise<EngineSession> {
    this.step();
    return super.openSession();
  }
}
