import {
  AlphaVantageProvider,
  alwaysOpen,
  AssetPair,
  calendarFor,
  CoinbaseProvider,
  configuredStream,
  createProvider,
  DeadLetterQueue,
  DemoProvider,
  formatInstant,
  fxWeek,
  listWatermarks,
  loadConfig,
  OandaProvider,
  openLakehouse,
  parseInstant,
  parseSuite,
  parseTimeframe,
  resample,
  timeRange,
  valueLimits,
  writeSuite,
} from "../../src/index.ts";
import {
  concatenateBatches,
  DeltaTable,
  describeSnapshot,
  describeType,
  field,
  formatDate,
  formatDecimal,
  formatTimestamp,
  LocalStore,
  MemoryStore,
  nodeFileSystem,
  openStore,
  parseSchema,
  quoteFile,
  quoteName,
  quoteText,
  RecordBatch,
  structType,
} from "finance-feedback-delta";
import { deadLetters, engine, folder, lake, quality, schema, snapshot, table } from "./fixtures.ts";
import { constructing, method } from "./walk.ts";
import type { Ordered } from "./walk.ts";

const text = ["x"];
const pair = [AssetPair.parse("BTCUSD")];
const range = [{ startMs: 0, endMs: 3_600_000 }];
const names = [["id"]];
const bytes = [new Uint8Array([1])];
const suite = [{ name: "s", expectations: [] }];
const batch = new RecordBatch(schema, 1, [{ values: new BigInt64Array([1n]) }]);
const file = [{ name: "dlq_x.json", path: "dlq/dlq_x.json", digest: "0", letter: {} }];
const resolver = [async () => undefined];
const limits = { prices: new Map(), volumes: new Map() };
const rejected = {
  openTimeMs: 0,
  reason: "high < low",
  open: "1",
  high: "1",
  low: "1",
  close: "1",
  volume: null,
  sourceFile: "x",
  raw: {},
};

/** Whatever takes its arguments in order. */
export const ordered: readonly Ordered[] = [
  of("MarketError", "AssetPair.parse", method(AssetPair, "parse"), { text: ["BTCUSD"] }),
  of("MarketError", "parseInstant", parseInstant, { text: ["2026-01-01"] }),
  of("MarketError", "parseTimeframe", parseTimeframe, { text: ["1h"] }),
  of("MarketError", "formatInstant", formatInstant, { instantMs: [0] }),
  of("MarketError", "timeRange", timeRange, { startMs: [0], endMs: [1] }),
  // What can be iterated is as good as a list.
  of("MarketError", "resample", resample, { candles: [[], new Map()], to: ["1h"], coverage: range }),
  of("MarketError", "calendarFor", calendarFor, { assetPair: pair }),
  of("MarketError", "valueLimits", valueLimits, { assetPair: pair, overrides: [limits] }, ["overrides"]),
  ...Object.entries({ alwaysOpen, fxWeek, calendarFor: calendarFor(AssetPair.parse("MSFT")) }).flatMap(
    ([name, calendar]) => [
      of("MarketError", `${name}.isOpen`, method(calendar, "isOpen"), { instantMs: [0] }),
      ...["openRanges", "sessions", "tradingDays"].map((one) =>
        of("MarketError", `${name}.${one}`, method(calendar, one), { range }),
      ),
    ],
  ),
  of("IngestionError", "listWatermarks", listWatermarks, { snapshot: [snapshot] }),
  of("ConfigError", "loadConfig", loadConfig, { explicitFile: text, environment: [{}] }, [
    "explicitFile",
    "environment",
  ]),
  of("ConfigError", "configuredStream", configuredStream, {
    config: [loadConfig(undefined, {}).config],
    name: text,
  }),
  of("ConfigError", "openLakehouse", openLakehouse, { config: [loadConfig(undefined, {}).config] }),
  of("QualityError", "parseSuite", parseSuite, { text, source: text }),
  of("QualityError", "writeSuite", writeSuite, { suite }),
  ofQuality("addSuite", { suite }),
  ofQuality("suiteFor", { suite: [...suite, "market_data_quality"], tableName: text }, ["tableName"]),
  of(
    "DeadLetterQueueError",
    "new DeadLetterQueue",
    constructing(DeadLetterQueue),
    { path: [folder.at("more")], fileSystem: [nodeFileSystem] },
    ["fileSystem"],
  ),
  ofQuality("validateDataframe", { frame: [batch] }),
  ofQueue(
    "write",
    {
      context: [{ asset_pair: "BTCUSD", timeframe: "1h", provider: "demo" }],
      rows: [[rejected]],
      error: ["row_checks_failed"],
    },
    ["error"],
  ),
  ofQueue(
    "writeRecords",
    {
      context: [{ table: "raw_ai_decisions", source: "decision_files" }],
      records: [[{ reason: "confidence missing", sourceFile: "a.jsonl", row: {}, raw: "{}" }]],
      error: ["row_checks_failed"],
    },
    ["error"],
  ),
  ofQueue("read", { wanted: [new Set(names)] }, ["wanted"]),
  ofQueue("replace", { file, left: [[{ reason: "high < low" }]] }),
  ofQueue("remove", { file }),
  ofQueue("moveTo", { file, folder: ["beside"] }),
  ...["table", "existingTable"].map((name) => ofLake(name, { tableName: ["silver.numbers"] })),
  ofLake("tableIn", { place: [{ layer: "silver", name: "numbers" }] }),
  ofLake("getTableHistory", { tableName: ["silver.numbers"], limit: [1] }, ["limit"]),
  ofLake("describeTable", { tableName: ["silver.numbers"] }),
  ofLake("query", { sql: ["SELECT 1"] }),
  ofLake("writeQuery", { sql: ["SELECT 1"] }),
  ofLake("relationOf", { reference: [{ name: "numbers" }], version: [{ version: 0 }] }, ["version"]),
  of("ProviderError", "createProvider", createProvider, { provider: ["demo"] }),
  ...Object.entries({
    AlphaVantageProvider: new AlphaVantageProvider({ apiKey: "key" }),
    CoinbaseProvider: new CoinbaseProvider(),
    OandaProvider: new OandaProvider({ token: "token" }),
    DemoProvider: new DemoProvider(),
  }).flatMap(([name, provider]) => [
    of("ProviderError", `${name}.unsupportedReason`, method(provider, "unsupportedReason"), {
      assetPair: pair,
    }),
    of(
      "ProviderError",
      `${name}.fetchBars`,
      method(provider, "fetchBars"),
      {
        request: [{ assetPair: pair[0], timeframe: "1h", range: range[0] }],
        signal: [new AbortController().signal],
      },
      ["signal"],
    ),
  ]),
  of(
    "ProviderError",
    "AlphaVantageProvider.paidReason",
    method(new AlphaVantageProvider({ apiKey: "key" }), "paidReason"),
    { assetPair: pair, timeframe: ["1h"] },
    ["timeframe"],
  ),
  of(
    "ProviderError",
    "AlphaVantageProvider.fetchNews",
    method(new AlphaVantageProvider({ apiKey: "key" }), "fetchNews"),
    {
      request: [{ ticker: "MSFT", range: range[0] }],
      signal: [new AbortController().signal],
    },
    ["signal"],
  ),
  of("DeltaError", "DeltaTable.at", method(DeltaTable, "at"), {
    location: [folder.at("none"), new MemoryStore()],
  }),
  ofTable("addColumns", { fields: [[field("more", "long")]] }),
  ofTable("renameColumn", { from: text, to: text }),
  ofTable("dropColumns", { names }),
  ofTable("setProperties", { properties: [{ note: "x" }] }),
  ofTable("unsetProperties", { names }),
  ofTable("addConstraint", { name: text, expression: text }),
  ofTable("dropConstraint", { name: text }),
  ofTable("history", { limit: [1] }, ["limit"]),
  ofTable("relationAt", { snapshot: [snapshot], predicate: [{ kind: "unknown" }] }, ["predicate"]),
  ofTable(
    "relation",
    { choice: [{ version: 0 }], predicate: [{ kind: "unknown" }], newest: [{ by: ["id"] }] },
    ["predicate", "newest"],
  ),
  of("DeltaError", "Snapshot.transaction", method(snapshot, "transaction"), { appId: text }),
  of("DeltaError", "describeSnapshot", describeSnapshot, { snapshot: [snapshot] }),
  of("DeltaError", "structType", structType, { fields: [[field("id", "long")]] }),
  of("DeltaError", "field", field, { name: text, type: ["long", schema], options: [{ nullable: true }] }, [
    "options",
  ]),
  of("DeltaError", "parseSchema", parseSchema, { schemaString: [JSON.stringify(schema)] }),
  of("DeltaError", "describeType", describeType, { type: ["long", schema] }),
  of("DeltaError", "concatenateBatches", concatenateBatches, { schema: [schema], batches: [[batch]] }),
  of("DeltaError", "new RecordBatch", constructing(RecordBatch), {
    schema: [schema],
    rowCount: [0],
    columns: [[{ values: [] }]],
  }),
  of("DeltaError", "RecordBatch.column", method(batch, "column"), { name: text }),
  of("DeltaError", "quoteFile", quoteFile, { path: text }),
  of("DeltaError", "quoteName", quoteName, { name: text }),
  of("DeltaError", "quoteText", quoteText, { text }),
  of("DeltaError", "formatDate", formatDate, { epochDays: [0] }),
  of("DeltaError", "formatDecimal", formatDecimal, { unscaled: [1n], scale: [0] }),
  of("DeltaError", "formatTimestamp", formatTimestamp, { micros: [1n], zone: ["Z"] }),
  of(
    "DeltaError",
    "DuckDbEngine.query",
    method(engine, "query"),
    { sql: text, resolve: resolver, form: [{ decimals: "number" }] },
    ["form"],
  ),
  of("DeltaError", "DuckDbEngine.writeQuery", method(engine, "writeQuery"), {
    sql: text,
    resolve: resolver,
    target: [{ localPath: "x" }],
  }),
  of("DeltaError", "openStore", openStore, { location: [folder.at("none")], options: [{ s3: {} }] }, [
    "options",
  ]),
  of(
    "StoreError",
    "new LocalStore",
    constructing(LocalStore),
    { root: [folder.at("none")], fileSystem: [nodeFileSystem] },
    ["fileSystem"],
  ),
  ...Object.entries({
    LocalStore: new LocalStore(folder.at("store")),
    MemoryStore: new MemoryStore(),
  }).flatMap(([name, store]) => [
    ...["read", "describe", "delete", "localPath", "listRecursively"].map((one) =>
      of("StoreError", `${name}.${one}`, method(store, one), { path: text }),
    ),
    of(
      "StoreError",
      `${name}.listNames`,
      method(store, "listNames"),
      { path: text, options: [{ startAfter: "x" }] },
      ["options"],
    ),
    ...["put", "putIfAbsent"].map((one) =>
      of("StoreError", `${name}.${one}`, method(store, one), { path: text, data: bytes }),
    ),
    of("StoreError", `${name}.deleteMany`, method(store, "deleteMany"), { paths: names }),
  ]),
];

function of(
  error: string,
  name: string,
  call: (...given: never[]) => unknown,
  given: Ordered["given"],
  optional: readonly string[] = [],
): Ordered {
  return { name, given, optional, error, call: (...values) => Reflect.apply(call, undefined, values) };
}

function ofQuality(name: string, given: Ordered["given"], optional?: readonly string[]): Ordered {
  return of("QualityError", `DataQualityFramework.${name}`, method(quality, name), given, optional);
}

function ofQueue(name: string, given: Ordered["given"], optional?: readonly string[]): Ordered {
  return of("DeadLetterQueueError", `DeadLetterQueue.${name}`, method(deadLetters, name), given, optional);
}

function ofLake(name: string, given: Ordered["given"], optional?: readonly string[]): Ordered {
  return of("StorageError", `DeltaLakeManager.${name}`, method(lake, name), given, optional);
}

function ofTable(name: string, given: Ordered["given"], optional?: readonly string[]): Ordered {
  return of("DeltaError", `DeltaTable.${name}`, method(table, name), given, optional);
}
