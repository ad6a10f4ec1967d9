// What a caller without types gets wrong is refused by every public method, by name and with the nearest right one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { inspect } from "node:util";

import * as fc from "fast-check";

import * as deltaEntry from "finance-feedback-delta";
import { DeltaTable, DuckDbEngine, field, MemoryStore, structType } from "finance-feedback-delta";

import * as mainEntry from "../../src/index.ts";
import {
  AssetPair,
  BatchDataIngester,
  createProvider,
  DataQualityFramework,
  DeadLetterQueue,
  DeltaLakeManager,
  LakehouseError,
} from "../../src/index.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const folder = new TemporaryFolder();
const engine = new DuckDbEngine({ threads: 1 });
const schema = structType([field("id", "long")]);
const lake = new DeltaLakeManager({ storagePath: folder.path, engine });
const ingester = new BatchDataIngester(lake, { deadLetters: new DeadLetterQueue(folder.at("dlq")) });
const quality = new DataQualityFramework(lake);
const store = new MemoryStore();
const table = await DeltaTable.create(store, { schema, engine });
await table.append({ rows: [{ id: 1 }] });

before(async () => {
  await lake.createOrUpdateTable({
    tableName: "silver.numbers",
    rows: { rows: [{ id: 1 }] },
    createWith: { schema },
  });
});
after(async () => {
  await store.close();
  await engine.close();
  folder[Symbol.dispose]();
});

/** One method that takes options: what is right, by example, and which of it must be there. */
interface Subject {
  readonly name: string;
  /** Arguments in front of the options. */
  readonly leading?: readonly unknown[];
  /** Every option with values of each kind that it can have. */
  readonly options: Readonly<Record<string, readonly unknown[]>>;
  readonly required?: readonly string[];
  /** The class of its layer's errors. */
  readonly error: string;
  readonly call: (...given: readonly unknown[]) => unknown;
}

/** A method as JavaScript calls it, whatever its types say. */
function method(target: object, name: string): (...given: readonly unknown[]) => unknown {
  const found: unknown = Reflect.get(target, name);
  assert.ok(typeof found === "function", name);
  return (...given) => Reflect.apply(found, target, given);
}

function constructing(
  type: abstract new (...given: never[]) => unknown,
): (...given: readonly unknown[]) => unknown {
  return (...given) => Reflect.construct(type, given);
}

const text = ["x"];
const flag = [true];
const count = [1];
const date = [new Date(0)];
const dateOrText = ["2026-01-01", new Date(0)];
const list = [["id"]];
const texts = [{ id: "1" }];
const aFunction = [(): number => 0];
const change = { dryRun: flag, userMetadata: text };
const version = { version: count, asOfTimestamp: date };
const named = { tables: [{ numbers: table }] };
const lakeVersion = { version: count, asOfTimestamp: dateOrText };
const reading = {
  columns: list,
  where: text,
  orderBy: text,
  limit: count,
  newest: [{ by: ["id"], orderBy: "id" }],
};
const rows = { rows: [{ id: 2 }] };
const optimizing = {
  ...change,
  where: text,
  targetSizeBytes: count,
  curve: ["hilbert"],
  full: flag,
  memoryBudgetBytes: count,
};
const vacuuming = { retentionHours: count, allowShortRetention: flag, mode: ["lite"], dryRun: flag };
const creating = { schema: [schema], partitionBy: list, name: text, description: text, properties: texts };
const opening = { engine: [engine], now: aFunction };
const appending = {
  ...change,
  txnAppId: text,
  txnVersion: count,
  transactions: [[{ appId: "a", version: 1 }]],
  mergeSchema: flag,
  sourceSchema: [schema],
  precondition: aFunction,
};
const providers = ["demo"];
const run = { signal: [new AbortController().signal], onPlan: aFunction, onProgress: aFunction };
const pairs = [["BTCUSD"], [AssetPair.parse("BTCUSD")]];
const validating = {
  suite: ["market_data_quality", { name: "s", expectations: [] }],
  resultFormat: ["SUMMARY", { result_format: "SUMMARY" }],
  expectationParameters: [{}],
};
const clock = [{ now: () => 0, sleep: async () => {} }];
const market = [{ calendars: { "ES=F": "new_york" } }];

function ofTable(name: string, options: Subject["options"], more: Partial<Subject> = {}): Subject {
  const call: Subject["call"] = (...given) => method(table, name)(...given);
  return { name: `table.${name}`, options, error: "DeltaError", call, ...more };
}

function ofLake(name: string, options: Subject["options"], more: Partial<Subject> = {}): Subject {
  return { name: `lake.${name}`, options, error: "StorageError", call: method(lake, name), ...more };
}

function ofIngester(name: string, options: Subject["options"], more: Partial<Subject> = {}): Subject {
  return {
    name: `ingester.${name}`,
    options,
    error: "IngestionError",
    call: method(ingester, name),
    ...more,
  };
}

function ofMerge(name: string, options: Subject["options"], required?: readonly string[]): Subject {
  const merge = table.merge({ source: { rows: [] }, on: "true" });
  return {
    name: `merge.${name}`,
    options,
    error: "DeltaError",
    call: method(merge, name),
    ...(required === undefined ? {} : { required }),
  };
}

const tableName = ["silver.numbers"];
const named1 = { required: ["tableName"] };

const subjects: readonly Subject[] = [
  ofTable("snapshot", version),
  ofTable("describe", version),
  ofTable("append", { ...appending, createWith: [{ schema }], ...named }, { leading: [rows] }),
  ofTable("delete", { ...change, where: text }),
  ofTable("update", { ...change, set: texts, where: text }, { required: ["set"] }),
  ofTable(
    "merge",
    { source: [rows], sourceSchema: [schema], on: text, targetAlias: text, sourceAlias: text, ...named },
    { required: ["source", "on"] },
  ),
  ofTable(
    "overwrite",
    {
      ...change,
      where: text,
      dynamicPartitions: flag,
      mergeSchema: flag,
      overwriteSchema: flag,
      partitionBy: list,
      sourceSchema: [schema],
      ...named,
    },
    { leading: [rows] },
  ),
  ofTable("optimize", { ...optimizing, zOrderBy: list }),
  ofTable("vacuum", vacuuming),
  ofTable("restore", version),
  ofTable("restore", { ...change, ignoreMissingFiles: flag }, { leading: [{ version: 0 }] }),
  ofTable("changes", {
    fromVersion: count,
    fromTimestamp: date,
    toVersion: count,
    toTimestamp: date,
    columns: list,
    where: text,
    orderBy: text,
  }),
  ofTable("addColumns", change, { leading: [[field("more", "long")]] }),
  ofTable("renameColumn", change, { leading: ["id", "other"] }),
  ofTable("dropColumns", change, { leading: [["id"]] }),
  ofTable("setProperties", change, { leading: [{ note: "x" }] }),
  ofTable("unsetProperties", change, { leading: [["note"]] }),
  ofTable("addConstraint", change, { leading: ["positive", "id > 0"] }),
  ofTable("dropConstraint", change, { leading: ["positive"] }),
  ofTable("repair", { ...change, removeFilesOfLostVectors: flag }),
  ofTable("cleanUpLog", { dryRun: flag }),
  ofTable("scan", { ...reading, ...version }),
  ofTable(
    "create",
    { ...creating, ...opening },
    {
      call: method(DeltaTable, "create"),
      leading: [new MemoryStore()],
      required: ["schema"],
    },
  ),
  ofTable("open", opening, { call: method(DeltaTable, "open"), leading: [store] }),
  ofTable("at", opening, { call: method(DeltaTable, "at"), leading: [store] }),
  ofTable(
    "convert",
    {
      ...opening,
      partitionBy: [[field("day", "date")]],
      name: text,
      description: text,
      properties: texts,
      dryRun: flag,
    },
    { call: method(DeltaTable, "convert"), leading: [new MemoryStore()] },
  ),
  ofMerge("whenMatchedUpdate", { set: texts, condition: text }, ["set"]),
  ofMerge("whenMatchedUpdateAll", { condition: text }),
  ofMerge("whenMatchedDelete", { condition: text }),
  ofMerge("whenNotMatchedInsert", { values: texts, condition: text }, ["values"]),
  ofMerge("whenNotMatchedInsertAll", { condition: text }),
  ofMerge("whenNotMatchedBySourceUpdate", { set: texts, condition: text }, ["set"]),
  ofMerge("whenNotMatchedBySourceDelete", { condition: text }),
  ofMerge("execute", change),
  {
    name: "new DeltaLakeManager",
    options: { storagePath: text, ...opening, openStore: aFunction },
    required: ["storagePath"],
    error: "StorageError",
    call: constructing(DeltaLakeManager),
  },
  ofLake("readTable", { tableName, ...reading, ...lakeVersion, knownAt: dateOrText }, named1),
  ofLake(
    "createOrUpdateTable",
    { tableName, rows: [rows], createWith: [{ schema }], append: [{ dryRun: true }] },
    { required: ["tableName", "rows", "createWith"] },
  ),
  ofLake(
    "mergeUpsert",
    { tableName, ...change, rows: [[{ id: 1 }]], mergeKeys: list, updateColumns: list },
    { required: ["tableName", "rows", "mergeKeys"] },
  ),
  ofLake("optimizeTable", { tableName, ...optimizing, zorderColumns: list }, named1),
  ofLake("vacuumTable", { tableName, ...vacuuming }, named1),
  ofLake("restoreTable", { tableName, ...change, ...lakeVersion, ignoreMissingFiles: flag }, named1),
  ofLake("describeTable", lakeVersion, { leading: ["silver.numbers"] }),
  ofLake(
    "getTableChanges",
    {
      tableName,
      fromVersion: count,
      fromTimestamp: dateOrText,
      toVersion: count,
      toTimestamp: dateOrText,
      columns: list,
      where: text,
      orderBy: text,
    },
    named1,
  ),
  ofLake("query", { ...lakeVersion, knownAt: dateOrText }, { leading: ["SELECT 1"] }),
  ofLake("writeQuery", { localPath: text, limit: count }, { leading: ["SELECT 1"], required: ["localPath"] }),
  {
    name: "new BatchDataIngester",
    leading: [lake],
    options: {
      deadLetters: [new DeadLetterQueue(folder.at("other"))],
      createProvider: aFunction,
      defaultProvider: providers,
      fallbackChain: [["coinbase"]],
      partitionPolicy: ["day"],
      rejectedShareMax: [0.5],
      market,
      clock,
      newIngestionId: aFunction,
    },
    error: "IngestionError",
    call: constructing(BatchDataIngester),
  },
  ofIngester(
    "ingestHistoricalData",
    {
      assetPair: text,
      timeframe: text,
      startDate: dateOrText,
      endDate: dateOrText,
      provider: providers,
      force: flag,
      revisionWindow: count,
    },
    { required: ["assetPair", "timeframe", "startDate", "endDate"] },
  ),
  ...["plan", "backfill"].map((name) =>
    ofIngester(
      name,
      {
        assetPairs: pairs,
        timeframes: [["1h"]],
        range: [{ startMs: 0, endMs: 3_600_000 }],
        startDate: dateOrText,
        endDate: dateOrText,
        provider: providers,
        force: [true, "everything"],
        revisionWindow: count,
        ...run,
      },
      { required: ["assetPairs", "timeframes"] },
    ),
  ),
  ofIngester("findGaps", {
    assetPairs: pairs,
    timeframes: [["1h"]],
    range: [{ startMs: 0 }],
    session: ["regular"],
  }),
  ofIngester("repairGaps", {
    assetPairs: pairs,
    timeframes: [["1h"]],
    range: [{ startMs: 0 }],
    session: ["regular"],
    provider: providers,
    ...run,
  }),
  {
    name: "new DataQualityFramework",
    leading: [lake],
    options: { now: aFunction, market },
    error: "QualityError",
    call: constructing(DataQualityFramework),
  },
  {
    name: "quality.validateTable",
    options: { tableName, ...validating, ...lakeVersion, sinceVersion: count, newestOnly: flag, store: flag },
    required: ["tableName", "suite"],
    error: "QualityError",
    call: method(quality, "validateTable"),
  },
  {
    name: "quality.validateRows",
    options: { ...validating, rows: [[{ id: 1 }]], schema: [schema] },
    required: ["rows", "schema", "suite"],
    error: "QualityError",
    call: method(quality, "validateRows"),
  },
  {
    name: "createProvider",
    leading: ["demo"],
    options: {
      baseUrl: text,
      credentials: texts,
      clock,
      random: aFunction,
      requestsPerSecond: count,
      requestsPerDay: count,
      ledger: [{ spend: () => true }],
      alphaVantagePlan: ["free"],
      demo: [{ seed: 1, dirtyRows: false }],
    },
    error: "ProviderError",
    call: method({ createProvider }, "createProvider"),
  },
];

/** Values of every kind; for an option those are wrong that are like none of its right ones. */
const pool: readonly unknown[] = [
  5,
  "",
  "x",
  true,
  null,
  {},
  [],
  [5],
  { x: 5 },
  new Date(NaN),
  new Map(),
  10n,
  () => 1,
];

function likeness(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? Object.prototype.toString.call(value) : typeof value;
}

/** A slip of the finger: a letter left out, doubled or swapped with the next, or another case. */
function slips(name: string): readonly string[] {
  const found = [name.toLowerCase(), name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
  for (let at = 0; at < name.length; at += 1) {
    found.push(name.slice(0, at) + name.slice(at + 1));
    found.push(name.slice(0, at) + name.charAt(at) + name.slice(at));
    found.push(name.slice(0, at) + name.charAt(at + 1) + name.charAt(at) + name.slice(at + 2));
  }
  return found;
}

type Mistake =
  | { readonly kind: "misspelt"; readonly option: string; readonly given: string }
  | { readonly kind: "missing"; readonly option: string }
  | { readonly kind: "wrong"; readonly option: string; readonly value: unknown };

function mistakesOf({ options, required = [] }: Subject): fc.Arbitrary<Mistake> {
  const names = Object.keys(options);
  const misspelt = fc
    .constantFrom(...names)
    .chain((option) =>
      fc
        .constantFrom(...slips(option).filter((given) => given !== "" && !names.includes(given)))
        .map((given): Mistake => ({ kind: "misspelt", option, given })),
    );
  const wrong = fc.constantFrom(...Object.entries(options)).chain(([option, right]) => {
    const known = new Set(right.map(likeness));
    return fc
      .constantFrom(...pool.filter((value) => !known.has(likeness(value))))
      .map((value): Mistake => ({ kind: "wrong", option, value }));
  });
  const all = [misspelt, wrong];
  if (required.length > 0)
    all.push(fc.constantFrom(...required).map((option): Mistake => ({ kind: "missing", option })));
  return fc.oneof(...all);
}

function optionsWith({ options, required = [] }: Subject, mistake: Mistake): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const name of required) given[name] = options[name]?.[0];
  if (mistake.kind === "missing") delete given[mistake.option];
  if (mistake.kind === "wrong") given[mistake.option] = mistake.value;
  if (mistake.kind === "misspelt") {
    delete given[mistake.option];
    given[mistake.given] = options[mistake.option]?.[0];
  }
  return given;
}

async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
}

for (const subject of subjects) {
  test(`${subject.name} refuses options that are misspelt, missing or of a wrong type (${Object.keys(subject.options).join(", ")})`, async () => {
    await fc.assert(
      fc.asyncProperty(mistakesOf(subject), async (mistake) => {
        const given = optionsWith(subject, mistake);
        const error = await errorOf(() => subject.call(...(subject.leading ?? []), given));
        assert.ok(error instanceof LakehouseError, `${inspect(mistake)}: ${String(error)}`);
        assert.equal(error.name, subject.error, error.message);
        assert.equal(error.code, "INVALID_ARGUMENT", error.message);
        assert.ok(error.message.includes(mistake.option), `${error.message} names ${mistake.option}`);
        if (mistake.kind === "misspelt") assert.match(error.message, /Did you mean/);
      }),
      { numRuns: 60 },
    );
  });

  test(`${subject.name} refuses what is no object of options (${Object.keys(subject.options).join(", ")})`, async () => {
    for (const given of [null, "x", 5, [], new Map([["dryRun", true]]), Promise.resolve({})]) {
      const error = await errorOf(() => subject.call(...(subject.leading ?? []), given));
      assert.ok(error instanceof LakehouseError, String(error));
      assert.equal(error.code, "INVALID_ARGUMENT", error.message);
    }
  });
}

test("what was refused changed nothing", async () => {
  assert.equal((await table.snapshot()).version, 1);
  assert.equal((await lake.existingTable("silver.numbers").then((own) => own.snapshot())).version, 0);
});

test("the shapes that newcomers tried are refused with the nearest right one", async () => {
  const tries: readonly (readonly [work: () => unknown, message: RegExp])[] = [
    [
      () =>
        method(
          ingester,
          "backfill",
        )({ assetPairs: ["BTCUSD"], timeframes: ["1h"], range: { start: 0, end: 1 } }),
      /range has no option "start", "end"\. Did you mean startMs, endMs\?/,
    ],
    [() => method(ingester, "backfill")({ assetPairs: ["BTCUSD"] }), /backfill needs timeframes/],
    [
      () => method(ingester, "backfill")({ assetPairs: ["BTCUSD"], timeframes: ["1h"] }),
      /backfill needs startDate and endDate/,
    ],
    [
      () => method(lake, "optimizeTable")({ tableName: "silver.numbers", zOrderBy: ["id"] }),
      /no option "zOrderBy"\. Did you mean zorderColumns\?/,
    ],
    [() => method(lake, "readTable")({}), /readTable needs tableName/],
    [() => method(lake, "readTable")("silver.numbers"), /Did you mean \{ tableName: "silver\.numbers" \}\?/],
    [() => constructing(DeltaLakeManager)("x"), /Did you mean \{ storagePath: "x" \}\?/],
    [() => method({ createProvider }, "createProvider")("coinbse"), /Did you mean coinbase\?/],
  ];
  for (const [work, message] of tries) {
    const error = await errorOf(work);
    assert.ok(error instanceof LakehouseError, String(error));
    assert.match(error.message, message);
  }
});

test("an upsert into Bronze is APPEND_ONLY before anything else", async () => {
  for (const more of [{}, { rows: 5 }, { mergeKey: ["id"] }, { rows: [], mergeKeys: ["id"], dryRun: true }])
    for (const name of ["raw_market_data_1h", "bronze.raw_market_data_1h", "bronze.mine"]) {
      const error = await errorOf(() => method(lake, "mergeUpsert")({ tableName: name, ...more }));
      assert.ok(error instanceof LakehouseError, String(error));
      assert.equal(error.code, "APPEND_ONLY");
      assert.match(error.message, /Nothing was changed/);
    }
});

/** Methods that take no options, or whose arguments other tests look at. */
const withoutOptions = new Set([
  "DeltaTable.exists",
  "DeltaTable.relation",
  "DeltaTable.addedRows",
  "DeltaTable.checkpoint",
  "DeltaTable.history",
  "DeltaTable.close",
  "DeltaTable.context",
  "DeltaTable.firstVersionOf",
  "MergeBuilder.matched",
  "MergeBuilder.notMatched",
  "MergeBuilder.notMatchedBySource",
  "MergeBuilder.with",
  "DeltaLakeManager.getTableHistory",
  "DeltaLakeManager.relationOf",
  "DeltaLakeManager.listTables",
  "DeltaLakeManager.table",
  "DeltaLakeManager.existingTable",
  "DeltaLakeManager.close",
  "DeltaLakeManager.withTables",
  "DeltaLakeManager.notFound",
  "DeltaLakeManager.findTable",
  "DeltaLakeManager.tableAt",
  "DeltaLakeManager.locationOf",
  "DeltaLakeManager.namesIn",
  "BatchDataIngester.importFiles",
  "BatchDataIngester.read",
  "BatchDataIngester.defaultProvider",
  "BatchDataIngester.resultOf",
  "BatchDataIngester.withPool",
  "BatchDataIngester.openProvider",
  "BatchDataIngester.planAll",
  "BatchDataIngester.runAll",
  "DataQualityFramework.createMarketDataSuite",
  "DataQualityFramework.addSuite",
  "DataQualityFramework.suiteFor",
  "DataQualityFramework.validate",
  "DataQualityFramework.runMeta",
]);

test("no method that takes options is left out", () => {
  const owners = {
    DeltaTable,
    MergeBuilder: deltaEntry.MergeBuilder,
    DeltaLakeManager: mainEntry.DeltaLakeManager,
    BatchDataIngester,
    DataQualityFramework,
  };
  const walked = new Set(subjects.map(({ name }) => name.replace(/^.*\./, "")));
  const left = Object.entries(owners).flatMap(([owner, type]) =>
    Object.getOwnPropertyNames(type.prototype).filter(
      (name) => name !== "constructor" && !walked.has(name) && !withoutOptions.has(`${owner}.${name}`),
    ),
  );
  assert.deepEqual(left, []);
});
