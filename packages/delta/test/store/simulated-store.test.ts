import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaError, DeltaTable, StoreError } from "../../src/index.ts";
import type { ObjectStore } from "../../src/index.ts";
import { isWhole, sampled } from "../../../../test/sampled.ts";
import { changeHistoryOf, serialHistoryOf } from "../support/change-history.ts";
import type { Base } from "../support/change-history.ts";
import { missingFiles, orphansOf } from "../support/committed-files.ts";
import { isOneSeed, RandomNumbers, seedsOf, withSeed } from "../support/random-numbers.ts";
import { noTroubles, SimulatedStorage } from "../support/simulated-store.ts";
import type { Troubles } from "../support/simulated-store.ts";
import {
  appendOf,
  bagOfSmall,
  deleteOf,
  fromRow,
  idLeaves,
  mergeOf,
  optimizeOf,
  overwriteOf,
  overwritePartitionsOf,
  propertyOf,
  rowsWith,
  smallSchema,
  toRows,
  updateOf,
  vacuumOf,
} from "../support/table-changes.ts";
import type { TableChange } from "../support/table-changes.ts";
import { engine } from "../support/tables.ts";

// Backoff only takes time.
const options = { engine, pause: async () => {} };

const writerCount = 3;
const changesPerWriter = 3;
const readsPerRun = 5;

/** Changes of all kinds, each with ids of its own to add. */
function changeOf(random: RandomNumbers, name: string, number: number): TableChange {
  const fresh = 100 + number * 12;
  const rest = random.below(3);
  const kinds: readonly (() => TableChange)[] = [
    () => appendOf(name, rowsWith([fresh, fresh + 1], number)),
    () => appendOf(name, rowsWith([fresh], number)),
    () => deleteOf(name, idLeaves(rest, 5)),
    () => updateOf(name, idLeaves(rest, 3)),
    () => mergeOf(name, rowsWith([1 + rest, 4 + rest, fresh], 10)),
    () => overwriteOf(name, idLeaves(rest, 4), rowsWith([fresh + rest, fresh + 4 + rest], number)),
    () => overwritePartitionsOf(name, rowsWith([fresh, fresh + 2], number)),
    () => optimizeOf(name),
    () => propertyOf(name),
    () => vacuumOf(name),
  ];
  return random.pick(kinds)();
}

/** What a writer knows of a change of its own. */
type Fate =
  | { readonly kind: "committed"; readonly version: number | undefined }
  | { readonly kind: "refused" }
  | { readonly kind: "unknown" };

const refusals: ReadonlySet<string> = new Set(["CONCURRENT_WRITE", "CONCURRENT_TRANSACTION"]);

async function fateOf(change: TableChange, table: DeltaTable): Promise<Fate> {
  try {
    const { version, isCommitted = true } = await change.run(table);
    return isCommitted ? { kind: "committed", version } : { kind: "refused" };
  } catch (error) {
    assert.ok(
      error instanceof DeltaError || error instanceof StoreError,
      `${change.name}: not a typed error: ${String(error)}`,
    );
    if (refusals.has(error.code)) return { kind: "refused" };
    assert.match(error.message, /simulated: /, `${change.name} failed for another reason: ${error.code}`);
    return { kind: "unknown" };
  }
}

interface Simulation {
  readonly storage: SimulatedStorage;
  readonly base: Base;
  readonly changes: readonly TableChange[];
  readonly fates: ReadonlyMap<string, Fate>;
  readonly powerCuts: number;
}

async function simulate(t: TestContext, seed: number, troubles: Troubles): Promise<Simulation> {
  const random = new RandomNumbers(seed);
  const storage = new SimulatedStorage(random, troubles);
  t.after(() => storage.close());
  const base = await layGround(random, storage.direct);
  const todo = new Map<string, TableChange[]>();
  const fates = new Map<string, Fate>();
  for (let writer = 0; writer < writerCount; writer += 1) {
    const name = `writer ${writer}`;
    const own = Array.from({ length: changesPerWriter }, (_, index) => {
      const number = writer * changesPerWriter + index;
      return changeOf(random, `change ${number}`, number);
    });
    todo.set(name, own);
  }
  const changes = [...todo.values()].flat();

  const write = (name: string) => async (store: ObjectStore) => {
    const table = DeltaTable.at(store, options);
    const own = todo.get(name) ?? [];
    for (let change = own.shift(); change !== undefined; change = own.shift()) {
      fates.set(change.name, { kind: "unknown" });
      const fate = await fateOf(change, table).catch((error: unknown) => {
        if (storage.isDead(name)) return undefined;
        throw error;
      });
      if (fate !== undefined) fates.set(change.name, fate);
      if (storage.isDead(name)) return;
    }
  };
  const read = async (store: ObjectStore): Promise<void> => {
    const table = DeltaTable.at(store, options);
    for (let count = 0; count < readsPerRun && !storage.isDead("reader"); count += 1) {
      try {
        const scan = await table.scan();
        const rows = (await scan.rows()).map(fromRow);
        const { rowsAt } = await changeHistoryOf(storage.direct, changes, base);
        assert.deepEqual(
          bagOfSmall(rows),
          bagOfSmall(rowsAt.get(scan.snapshot.version) ?? []),
          `a reader of version ${scan.snapshot.version}`,
        );
      } catch (error) {
        const isTrouble = error instanceof DeltaError || error instanceof StoreError;
        if (storage.isDead("reader")) return;
        if (!isTrouble || !error.message.includes("simulated: ")) throw error;
      }
    }
  };

  let powerCuts = 0;
  while ([...todo.values()].some((own) => own.length > 0)) {
    const writers = [...todo.keys()].map((name): [string, (store: ObjectStore) => Promise<void>] => [
      name,
      write(name),
    ]);
    if (await storage.run({ ...Object.fromEntries(writers), reader: read })) powerCuts += 1;
  }
  return { storage, base, changes, fates, powerCuts };
}

async function layGround(random: RandomNumbers, store: ObjectStore): Promise<Base> {
  const rows = rowsWith([1, 2, 3, 4, 5, 6], 1);
  const table = await DeltaTable.create(store, {
    schema: smallSchema,
    partitionBy: ["p"],
    properties: {
      "delta.checkpointInterval": "3",
      "delta.enableDeletionVectors": String(random.happens(0.5)),
      "delta.enableChangeDataFeed": String(random.happens(0.3)),
    },
    engine,
  });
  await table.append({ rows: toRows(rows) });
  return { version: 1, rows };
}

/** One linear history, every acknowledged change in it once, no refused one, all its files there, its rows right. */
async function check(simulation: Simulation): Promise<ReadonlyMap<string, number>> {
  const { storage, base, changes, fates } = simulation;
  const table = DeltaTable.at(storage.direct, options);
  const { versions } = await serialHistoryOf(table, changes, base);
  for (const { name, kind } of changes) {
    const fate = fates.get(name);
    const version = versions.get(name);
    if (fate?.kind === "refused")
      assert.equal(version, undefined, `${name}, ${kind}, was refused and committed`);
    if (fate?.kind === "committed") assert.equal(version, fate.version, `${name}, ${kind}`);
  }
  assert.deepEqual(await missingFiles(storage.direct), [], "files that a commit names are gone");
  return versions;
}

function summaryOf({ fates, powerCuts, storage }: Simulation): string {
  const count = (kind: Fate["kind"]): number =>
    [...fates.values()].filter((fate) => fate.kind === kind).length;
  return `${storage.requests} requests: ${count("committed")} changes committed, ${count("refused")} refused, ${count("unknown")} unknown, ${powerCuts} power cuts`;
}

const lossy: Troubles = {
  ...noTroubles,
  lostRead: 0.003,
  lostRequest: 0.03,
  lostAnswer: 0.06,
  late: 0.04,
  repeated: 0.1,
};

const weathers: readonly (readonly [string, Troubles, number])[] = [
  ["requests in any order", noTroubles, 10],
  ["requests that are repeated", { ...noTroubles, repeated: 0.3 }, 10],
  ["requests that are lost, late and repeated", lossy, 20],
  ["clients that die", { ...lossy, death: 0.01 }, 10],
  ["power cuts", { ...lossy, death: 0.003, powerCut: 0.007 }, 20],
];

/** What the runs came by: they would prove little without it. */
const seen = new Set<string>();

for (const [title, troubles, runs] of weathers) {
  for (const seed of sampled(title, seedsOf(runs), 1)) {
    test(`${title}, seed ${seed}: the history is linear, and nothing acknowledged is lost or repeated`, (t) =>
      withSeed(seed, async () => {
        const simulation = await simulate(t, seed, troubles);
        const versions = await check(simulation);
        t.diagnostic(summaryOf(simulation));
        for (const [name, { kind }] of simulation.fates)
          if (kind === "unknown")
            seen.add(versions.has(name) ? "doubtful and there" : "doubtful and not there");
        if (simulation.powerCuts > 0) seen.add("a power cut");
        const isCertain = [...simulation.fates.values()].every((fate) => fate.kind !== "unknown");
        if (troubles.lostRequest === 0) assert.ok(isCertain);
        // Where requests are lost, those that remove the files of a refused change may be lost too.
        if (troubles.lostRequest === 0) assert.deepEqual(await orphansOf(simulation.storage.direct), []);
      }));
  }
}

if (isWhole && !isOneSeed)
  test("the runs included uncertain commits of both kinds, and power cuts", () => {
    assert.deepEqual([...seen].toSorted(), ["a power cut", "doubtful and not there", "doubtful and there"]);
  });
