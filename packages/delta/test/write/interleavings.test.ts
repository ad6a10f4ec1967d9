import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaError, DeltaTable, MemoryStore } from "../../src/index.ts";
import type { ObjectStore } from "../../src/index.ts";
import { messageOf } from "../../src/errors.ts";
import { missingFiles, orphansOf } from "../support/committed-files.ts";
import { objectsOf } from "../support/commits.ts";
import { cleaningPhases, PhasedStore, sharedPhases, writingPhases } from "../support/phased-store.ts";
import type { Phase } from "../support/phased-store.ts";
import { serialHistoryOf } from "../support/change-history.ts";
import {
  appendOf,
  bagOfSmall,
  createOf,
  deleteOf,
  idIs,
  idLeaves,
  mergeOf,
  optimizeOf,
  overwriteOf,
  overwritePartitionsOf,
  propertyOf,
  rowsWith,
  smallRowsOf,
  smallSchema,
  toRows,
  transactionOf,
  updateOf,
  vacuumOf,
} from "../support/table-changes.ts";
import type { SmallRow, TableChange } from "../support/table-changes.ts";
import { engine, memoryStore } from "../support/tables.ts";
import { isWhole, runsOf } from "../../../../test/sampled.ts";
import { everyCourse, isReplay } from "../support/every-course.ts";
import type { SomeCourses } from "../support/every-course.ts";
import { Turns } from "../support/turns.ts";

/** How many courses of events `npm test` takes of each pair, and how many of three writers in `npm run test:long`. */
const [fewCourses, manyCourses] = [4, 200];

interface Ground {
  readonly store: MemoryStore;
  readonly version: number;
  readonly rows: readonly SmallRow[];
}

const baseRows = rowsWith([1, 2, 3, 4, 5, 6], 1);

/** A table of two files, ids 1 to 3 and 4 to 6. */
async function groundOf(
  t: TestContext,
  properties: Readonly<Record<string, string>> = {},
  partitionBy: readonly string[] = [],
): Promise<Ground> {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, { schema: smallSchema, partitionBy, properties, engine });
  await table.append({ rows: toRows(baseRows.slice(0, 3)) });
  await table.append({ rows: toRows(baseRows.slice(3)) });
  return { store, version: 2, rows: baseRows };
}

const monthMs = 30 * 24 * 3600 * 1000;

/** A copy whose objects are old enough for any vacuum. */
async function oldCopyOf(store: ObjectStore): Promise<MemoryStore> {
  let ageMs = monthMs;
  const copy = new MemoryStore({ now: () => Date.now() - ageMs });
  for (const path of await objectsOf(store)) await copy.put(path, await store.read(path));
  ageMs = 0;
  return copy;
}

type Fate = "committed" | "no change" | "CONCURRENT_WRITE" | "CONCURRENT_TRANSACTION";

interface Ending {
  readonly fates: readonly Fate[];
  readonly store: MemoryStore;
}

async function fateOf(change: TableChange, table: DeltaTable): Promise<Fate> {
  try {
    const { isCommitted = true } = await change.run(table);
    return isCommitted ? "committed" : "no change";
  } catch (error) {
    assert.ok(error instanceof DeltaError, `${change.name}: not a typed error: ${messageOf(error)}`);
    assert.ok(
      error.code === "CONCURRENT_WRITE" || error.code === "CONCURRENT_TRANSACTION",
      `${change.name}: ${error.code}: ${error.message}`,
    );
    return error.code;
  }
}

/**
 * Runs the changes at once on copies of a table, in all courses of events or some, and checks each table that they
 * leave.
 *
 * @returns the fates that there were, as texts.
 */
async function interleave(
  t: TestContext,
  ground: Ground,
  changes: readonly TableChange[],
  check: (ending: Ending) => Promise<void>,
  phases: readonly Phase[] = writingPhases,
  some: SomeCourses | undefined = isWhole ? undefined : { sweep: t.name, count: fewCourses },
): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  const courses = await everyCourse(async (choose) => {
    const store = await oldCopyOf(ground.store);
    try {
      const turns = new Turns();
      const fates: Fate[] = [];
      const writers = changes.map((change, index): [string, () => Promise<void>] => {
        const table = DeltaTable.at(new PhasedStore(store, turns, change.name, phases), {
          engine,
          // Backoff changes when things happen, not what: the courses are the same without it.
          pause: async () => {},
        });
        return [change.name, async () => void (fates[index] = await fateOf(change, table))];
      });
      await turns.run(Object.fromEntries(writers), choose);
      seen.add(fates.join(", "));
      await check({ fates, store });
    } finally {
      await store.close();
    }
  }, some);
  t.diagnostic(`${courses} courses`);
  return seen;
}

/** Nothing else happened; and what can happen did, unless only some of the courses were run. */
function assertFates(
  seen: ReadonlySet<string>,
  expected: readonly string[] = ["committed, committed"],
): void {
  const known = isWhole && !isReplay ? seen : new Set([...seen, ...expected]);
  assert.deepEqual([...known].toSorted(), expected);
}

/** All that is committed is there once, in the order of versions; what was refused has left nothing, not even a file. */
async function checkSerial(
  ground: Ground,
  changes: readonly TableChange[],
  { fates, store }: Ending,
): Promise<void> {
  const table = DeltaTable.at(store, { engine });
  const { versions } = await serialHistoryOf(table, changes, ground);
  for (const [index, change] of changes.entries())
    assert.equal(versions.has(change.name), fates[index] === "committed", change.name);
  assert.deepEqual(await orphansOf(store), [], "files that no commit names");
  assert.deepEqual(await missingFiles(store), [], "files that a commit names");
}

interface Pair {
  readonly title: string;
  readonly changes: readonly TableChange[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly partitionBy?: readonly string[];
  /** The fates that there are over all courses, each as a text; all committed when left out. */
  readonly fates?: readonly string[];
}

const vectors = { "delta.enableDeletionVectors": "true" };

const pairs: readonly Pair[] = [
  {
    title: "two appends",
    changes: [appendOf("a", rowsWith([11, 12])), appendOf("b", rowsWith([21]))],
  },
  {
    title: "an append and a delete of what it may add",
    changes: [appendOf("a", rowsWith([10, 11])), deleteOf("b", idLeaves(1, 2))],
  },
  {
    title: "two deletes from one file",
    changes: [deleteOf("a", idIs(1)), deleteOf("b", idIs(2))],
  },
  {
    title: "two deletes from one file with deletion vectors",
    changes: [deleteOf("a", idIs(1)), deleteOf("b", idIs(2))],
    properties: vectors,
  },
  {
    title: "two deletes of the same row",
    changes: [deleteOf("a", idIs(1)), deleteOf("b", idIs(1))],
    properties: vectors,
    fates: ["committed, no change", "no change, committed"],
  },
  {
    title: "a delete of all rows of a file and an update of one of them",
    changes: [deleteOf("a", { sql: "id <= 3", holds: (id) => id <= 3 }), updateOf("b", idIs(2))],
    properties: vectors,
    fates: ["committed, committed", "committed, no change"],
  },
  {
    title: "two deletes from different files",
    changes: [deleteOf("a", idIs(1)), deleteOf("b", idIs(4))],
  },
  {
    title: "an update and a merge of the same rows",
    changes: [updateOf("a", idLeaves(0, 2)), mergeOf("b", rowsWith([2, 4, 7], 10))],
  },
  {
    title: "an overwrite of a partition and an update of its rows",
    changes: [overwritePartitionsOf("a", rowsWith([12, 14])), updateOf("b", idLeaves(0, 3))],
    partitionBy: ["p"],
  },
  {
    title: "two overwrites of the same rows",
    changes: [
      overwriteOf("a", idLeaves(0, 3), rowsWith([3, 9], 5)),
      overwriteOf("b", idLeaves(0, 3), rowsWith([6, 12], 7)),
    ],
  },
  {
    title: "a change of metadata and an append",
    changes: [propertyOf("a"), appendOf("b", rowsWith([11]))],
    fates: ["committed, CONCURRENT_WRITE", "committed, committed"],
  },
  {
    title: "two appends of one transaction",
    changes: [transactionOf("a", rowsWith([11])), transactionOf("b", rowsWith([12]))],
    fates: [
      "CONCURRENT_TRANSACTION, committed",
      "committed, CONCURRENT_TRANSACTION",
      "committed, no change",
      "no change, committed",
    ],
  },
  {
    title: "an optimize and an append",
    changes: [optimizeOf("a"), appendOf("b", rowsWith([11]))],
  },
  {
    title: "an optimize and a delete with deletion vectors",
    changes: [optimizeOf("a"), deleteOf("b", idIs(2))],
    properties: vectors,
  },
  {
    title: "two changes of metadata",
    changes: [propertyOf("a"), propertyOf("b")],
  },
];

for (const { title, changes, properties, partitionBy, fates } of pairs) {
  test(`${title}, in every interleaving: as if one came after the other`, async (t) => {
    const ground = await groundOf(t, properties, partitionBy);
    const seen = await interleave(t, ground, changes, (ending) => checkSerial(ground, changes, ending));
    assertFates(seen, fates);
  });
}

test("two appends that would make the table, in every interleaving: one makes it, the other goes behind", async (t) => {
  const ground: Ground = { store: memoryStore(t), version: -1, rows: [] };
  const changes = [createOf("a", rowsWith([1, 2])), createOf("b", rowsWith([3]))];
  const seen = await interleave(t, ground, changes, (ending) => checkSerial(ground, changes, ending));
  assertFates(seen);
});

test("an append and a delete of a WriteSerializable table, in every interleaving: as if in one order, not always that of the versions", async (t) => {
  const ground = await groundOf(t, { "delta.isolationLevel": "WriteSerializable" });
  const changes = [appendOf("append", rowsWith([10, 11])), deleteOf("delete", idLeaves(1, 2))];
  const [append, remove] = changes;
  assert.ok(append !== undefined && remove !== undefined);
  const orders = new Map([
    [bagOfSmall(remove.apply(append.apply(baseRows))).join(), "append, delete"],
    [bagOfSmall(append.apply(remove.apply(baseRows))).join(), "delete, append"],
  ]);
  const found = new Set<string>();
  const seen = await interleave(t, ground, changes, async ({ store }) => {
    found.add(
      orders.get(bagOfSmall(await smallRowsOf(DeltaTable.at(store, { engine }))).join()) ?? "in no order",
    );
  });
  assertFates(seen);
  const possible = ["append, delete", "delete, append"];
  if (isWhole && !isReplay) assert.deepEqual([...found].toSorted(), possible);
  else assert.ok([...found].every((order) => possible.includes(order)));
});

for (const change of [appendOf("b", rowsWith([11])), deleteOf("b", idIs(1)), propertyOf("b")]) {
  test(`vacuum and ${change.kind}, in every interleaving: only what no commit names goes`, async (t) => {
    const ground = await groundOf(t, vectors);
    await ground.store.put("orphan.parquet", new Uint8Array(8));
    const changes = [vacuumOf("a"), change];
    const check = async (ending: Ending): Promise<void> => checkSerial(ground, changes, ending);
    assertFates(await interleave(t, ground, changes, check, cleaningPhases), ["no change, committed"]);
  });
}

/** Three writers have too many courses of events to run all of them. */
const threes: readonly (readonly [string, readonly TableChange[]])[] = [
  [
    "two appends and a change of metadata",
    [appendOf("a", rowsWith([11])), appendOf("b", rowsWith([12])), propertyOf("c")],
  ],
  [
    "an append, a delete of what it may add and a change of metadata",
    [appendOf("a", rowsWith([9, 10])), deleteOf("b", idLeaves(0, 3)), propertyOf("c")],
  ],
  [
    "an update, a delete and a merge",
    [updateOf("a", idLeaves(0, 2)), deleteOf("b", idLeaves(0, 3)), mergeOf("c", rowsWith([3, 4, 7], 10))],
  ],
  [
    "an append and two deletes from one file",
    [appendOf("a", rowsWith([9, 10])), deleteOf("b", idIs(1)), deleteOf("c", idIs(2))],
  ],
];

for (const [title, changes] of threes) {
  test(`${title}, in many interleavings: as if one came after the other`, async (t) => {
    const ground = await groundOf(t, vectors);
    const check = async (ending: Ending): Promise<void> => checkSerial(ground, changes, ending);
    const some = { sweep: t.name, count: runsOf(2, manyCourses) };
    await interleave(t, ground, changes, check, writingPhases, some);
  });
}

const [fastest] = threes;

test("two appends and a change of metadata, in every interleaving of the steps that others see", async (t) => {
  const changes = fastest?.[1] ?? [];
  const ground = await groundOf(t, vectors);
  await interleave(t, ground, changes, (ending) => checkSerial(ground, changes, ending), sharedPhases);
});
