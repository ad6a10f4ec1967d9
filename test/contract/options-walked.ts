import {
  AlphaVantageProvider,
  AssetPair,
  BatchDataIngester,
  CoinbaseProvider,
  candleProvider,
  connectionSettings,
  createProvider,
  DataQualityFramework,
  DeadLetterQueue,
  DeltaLakeManager,
  DemoProvider,
  OandaProvider,
  StreamingIngester,
} from "../../src/index.ts";
import { DeltaTable, DuckDbEngine, field, MemoryStore, RecordBatch } from "finance-feedback-delta";
import {
  deadLetters,
  engine,
  folder,
  ingester,
  lake,
  lakehouse,
  quality,
  schema,
  store,
  table,
} from "./fixtures.ts";
import { constructing, method } from "./walk.ts";
import type { Subject } from "./walk.ts";

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
const named = { tables: [{ numbers: table }, async () => undefined] };
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
const run = {
  signal: [new AbortController().signal],
  onPlan: aFunction,
  onProgress: aFunction,
  onWait: aFunction,
};
const pairs = [["BTCUSD"], [AssetPair.parse("BTCUSD")]];
const validating = {
  suite: ["market_data_quality", { name: "s", expectations: [] }],
  resultFormat: ["SUMMARY", { result_format: "SUMMARY" }],
  expectationParameters: [{}, { x: 1 }],
};
const clock = [{ now: () => 0, sleep: async () => {} }];
const connection = {
  baseUrl: ["http://127.0.0.1"],
  clock,
  random: aFunction,
  requestsPerSecond: count,
  requestsPerDay: count,
  ledger: [{ spend: () => true }],
};
const limits = [{ prices: new Map([["BTC", [1n, 2n]]]), volumes: new Map([["BTC", 1n]]) }];
const market = [{ calendars: { "ES=F": "new_york" } }];

function ofTable(name: string, options: Subject["options"], more: Partial<Subject> = {}): Subject {
  const call: Subject["call"] = (...given) => method(table, name)(...given);
  return { name: `DeltaTable.${name}`, options, error: "DeltaError", call, ...more };
}

function ofLake(name: string, options: Subject["options"], more: Partial<Subject> = {}): Subject {
  return {
    name: `DeltaLakeManager.${name}`,
    options,
    error: "StorageError",
    call: method(lake, name),
    ...more,
  };
}

function ofIngester(name: string, options: Subject["options"], more: Partial<Subject> = {}): Subject {
  return {
    name: `BatchDataIngester.${name}`,
    options,
    error: "IngestionError",
    call: method(ingester, name),
    ...more,
  };
}

function ofMerge(name: string, options: Subject["options"], required?: readonly string[]): Subject {
  const merge = table.merge({ source: { rows: [] }, on: "true" });
  return {
    name: `MergeBuilder.${name}`,
    options,
    error: "DeltaError",
    call: method(merge, name),
    ...(required === undefined ? {} : { required }),
  };
}

const choosing = {
  projectDir: text,
  targetPath: text,
  target: text,
  vars: [{}, { x: 1 }],
  select: list,
  exclude: list,
  selector: text,
  onMessage: aFunction,
};
const transforming = {
  ...choosing,
  fullRefresh: flag,
  dryRun: flag,
  failFast: flag,
  storeFailures: flag,
  threads: count,
  signal: run.signal,
  onPlan: aFunction,
  onStart: aFunction,
  onResult: aFunction,
};

function ofTransform(name: string, options: Subject["options"]): Subject {
  return {
    name: `TransformCommands.${name}`,
    options,
    error: "TransformError",
    call: method(lakehouse.transform, name),
  };
}

const tableName = ["silver.numbers"];
const named1 = { required: ["tableName"] };

/** Whatever takes options. */
export const subjects: readonly Subject[] = [
  {
    name: "Lakehouse.bars",
    options: {
      assetPairs: pairs,
      timeframes: [["1h"]],
      range: [{ startMs: 0 }],
      knownAt: dateOrText,
      indicators: [["rsi_14"]],
      withHigher: [["1d"]],
      decimals: ["number"],
    },
    required: ["assetPairs", "timeframes"],
    error: "BarsError",
    call: method(lakehouse, "bars"),
  },
  ...["build", "run", "test", "seed", "snapshot", "compile"].map((name) => ofTransform(name, transforming)),
  ofTransform("list", choosing),
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
  ofTable("repairLog", change),
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
    { required: ["tableName", "rows"] },
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
  ofLake("query", { ...lakeVersion, knownAt: dateOrText, decimals: ["number"] }, { leading: ["SELECT 1"] }),
  ofLake("writeQuery", { localPath: text, limit: count }, { leading: ["SELECT 1"], required: ["localPath"] }),
  {
    name: "new BatchDataIngester",
    leading: [lake],
    options: {
      deadLetters: [new DeadLetterQueue(folder.at("other"))],
      createProvider: aFunction,
      customProviders: [[], (): [] => []],
      defaultProvider: providers,
      fallbackChain: [["coinbase"]],
      partitionPolicy: ["day"],
      rejectedShareMax: [0.5],
      market,
      limits,
      patienceMs: count,
      clock,
      newIngestionId: aFunction,
    },
    error: "IngestionError",
    call: constructing(BatchDataIngester),
  },
  {
    name: "new StreamingIngester",
    leading: [lake],
    options: {
      // Both kinds of sources that take options.
      source: ["demo"],
      name: text,
      assets: [["BTCUSD"]],
      format: text,
      timeUnit: ["ms"],
      intervalMs: count,
      maxRows: count,
      maxBytes: count,
      maxRejectedShare: [0.5],
      start: ["latest"],
      onGap: ["skip"],
      acceptNewTopic: flag,
      untilNow: flag,
      follow: flag,
      speed: count,
      seed: count,
      deadLetters: [new DeadLetterQueue(folder.at("other"))],
      clock,
      onBatch: aFunction,
      onNote: aFunction,
    },
    required: ["source"],
    error: "StreamingError",
    call: constructing(StreamingIngester),
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
    options: { clock, market, deadLetters: [deadLetters] },
    error: "QualityError",
    call: constructing(DataQualityFramework),
  },
  {
    name: "DataQualityFramework.validateTable",
    options: { tableName, ...validating, ...lakeVersion, sinceVersion: count, newestOnly: flag, store: flag },
    required: ["tableName", "suite"],
    error: "QualityError",
    call: method(quality, "validateTable"),
  },
  {
    name: "DataQualityFramework.validateRows",
    options: { ...validating, rows: [[{ id: 1 }]], schema: [schema] },
    required: ["rows", "schema", "suite"],
    error: "QualityError",
    call: method(quality, "validateRows"),
  },
  {
    name: "candleProvider",
    options: {
      name: text,
      title: text,
      baseUrl: ["http://127.0.0.1"],
      assetKinds: [["crypto"]],
      nativeTimeframes: [["1h"]],
      barsPerRequestMax: count,
      historyDepthMs: aFunction,
      limits: [{ requestsPerSecond: 1 }],
      credentials: [["KEY"]],
      headers: aFunction,
      settings: [connectionSettings],
      symbolOf: aFunction,
      requestOf: aFunction,
      readBars: aFunction,
      refusalOf: aFunction,
    },
    required: [
      "name",
      "title",
      "baseUrl",
      "assetKinds",
      "nativeTimeframes",
      "barsPerRequestMax",
      "symbolOf",
      "requestOf",
      "readBars",
    ],
    error: "ProviderError",
    call: method({ candleProvider }, "candleProvider"),
  },
  {
    name: "createProvider",
    leading: ["demo"],
    options: {
      ...connection,
      credentials: texts,
      settings: [{ seed: 1 }],
    },
    error: "ProviderError",
    call: method({ createProvider }, "createProvider"),
  },
  ofIngester(
    "importFiles",
    {
      files: list,
      assetPair: ["BTCUSD", AssetPair.parse("BTCUSD")],
      timeframe: ["1h"],
      provider: text,
      format: ["csv"],
      columns: [{ time: 0 }],
      layout: ["binance"],
      timeFormat: text,
      timeZone: text,
      decimalMark: [","],
      covers: [{ startMs: 0, endMs: 3_600_000 }],
      dryRun: flag,
      signal: run.signal,
      onProgress: aFunction,
    },
    { required: ["files", "timeframe", "provider"] },
  ),
  {
    name: "DataQualityFramework.createMarketDataSuite",
    options: { name: text, timeframe: ["1h"], maxLagSeconds: count },
    error: "QualityError",
    call: method(quality, "createMarketDataSuite"),
  },
  {
    name: "DataQualityFramework.validateDataframe",
    leading: [new RecordBatch(schema, 0, [{ values: [] }])],
    options: { suiteName: text, onResult: aFunction },
    error: "QualityError",
    call: method(quality, "validateDataframe"),
  },
  ofProvider(
    "AlphaVantageProvider",
    AlphaVantageProvider,
    { apiKey: text, plan: [75, "free"], ...connection },
    ["apiKey"],
  ),
  ofProvider("CoinbaseProvider", CoinbaseProvider, connection),
  ofProvider("OandaProvider", OandaProvider, { token: text, ...connection }, ["token"]),
  ofProvider("DemoProvider", DemoProvider, { clock, seed: count, dirtyRows: flag }),
  ofTable("addedRows", { after: count, ...version }, { required: ["after"] }),
  ...["batches", "rows", "toBatch", "columns"].map((name) => ofScan(name)),
  {
    name: "new DuckDbEngine",
    options: { memoryLimit: ["1GB"], threads: count, signal: [new AbortController().signal] },
    error: "DeltaError",
    call: constructing(DuckDbEngine),
  },
  {
    name: "new MemoryStore",
    options: { uri: text, now: aFunction },
    error: "StoreError",
    call: constructing(MemoryStore),
  },
];

function ofProvider(
  name: string,
  type: Parameters<typeof constructing>[0],
  options: Subject["options"],
  required: readonly string[] = [],
): Subject {
  return { name: `new ${name}`, options, required, error: "ProviderError", call: constructing(type) };
}

function ofScan(name: string): Subject {
  return {
    name: `Scan.${name}`,
    options: { decimals: ["number"] },
    error: "DeltaError",
    call: async (form) => method(await table.scan(), name)(form),
  };
}
