import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DuckDBInstance } from "@duckdb/node-api";

import { StoreError } from "../../src/index.ts";
import type { MemoryStore } from "../../src/index.ts";
import { sidecarPath } from "../../src/log/checkpoint-reader.ts";
import { checkpointPath, commitPath, listLog } from "../../src/log/log-files.ts";
import { loadSnapshot } from "../../src/log/snapshot.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Action, SidecarFile } from "../../src/protocol/actions.ts";
import {
  addOf,
  classicProtocol,
  contentOf,
  metadataWith,
  pathsOf,
  protocolWith,
  removeOf,
  simpleLog,
  writeLog,
} from "../support/logs.ts";
import {
  engine,
  memoryStore,
  range,
  rejects,
  temporaryFolder,
  throws,
  writeText,
} from "../support/tables.ts";

const v2 = protocolWith(["v2Checkpoint"]);
const uuid = "80a083e8-7026-4e79-81be-64bd76c43a11";

function topPath(version: number, extension: "json" | "parquet", id = uuid): string {
  return `_delta_log/${String(version).padStart(20, "0")}.checkpoint.${id}.${extension}`;
}

async function putTop(store: MemoryStore, path: string, actions: readonly Action[]): Promise<void> {
  if (path.endsWith(".json")) await writeText(store, path, serializeActions(actions));
  else await store.put(path, await engine.writeCheckpoint(actions, "v2"));
}

/** Writes file actions as a sidecar, under a name of its own. */
async function putSidecar(store: MemoryStore, actions: readonly Action[]): Promise<SidecarFile> {
  const path = `${randomUUID()}.parquet`;
  const data = await engine.writeCheckpoint(actions, "sidecar");
  await store.put(`_delta_log/_sidecars/${path}`, data);
  return { path, sizeInBytes: data.byteLength, modificationTime: 1 };
}

async function deleteCommits(store: MemoryStore, versions: readonly number[]): Promise<void> {
  for (const version of versions) await store.delete(commitPath(version));
}

/** A log of ten commits with V2 checkpoints allowed, and what version 8 consists of. */
async function v2Log(
  t: TestContext,
): Promise<{ readonly store: MemoryStore; readonly table: Action[]; readonly files: Action[] }> {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(10, { protocol: v2 }));
  const { state } = await loadSnapshot(store, engine, { version: 8 });
  return {
    store,
    table: [
      { protocol: v2 },
      { metaData: metadataWith() },
      ...[...state.transactions.values()].map((txn) => ({ txn })),
      { domainMetadata: { domain: "a", configuration: "{}", removed: false } },
    ],
    files: [
      ...[...state.files.values()].map((add) => ({ add })),
      ...[...state.tombstones.values()].map((remove) => ({ remove })),
    ],
  };
}

const layouts: readonly (readonly [string, string, "inline" | "sidecars"])[] = [
  ["a JSON file of a unique name", topPath(8, "json"), "inline"],
  ["a JSON file of a unique name", topPath(8, "json"), "sidecars"],
  ["a Parquet file of a unique name", topPath(8, "parquet"), "inline"],
  ["a Parquet file of a unique name", topPath(8, "parquet"), "sidecars"],
  ["a file of the classic name", checkpointPath(8), "inline"],
  ["a file of the classic name", checkpointPath(8), "sidecars"],
];

for (const [title, path, place] of layouts) {
  test(`a V2 checkpoint in ${title} with its files ${place} is read`, async (t) => {
    const { store, table, files } = await v2Log(t);
    const expected = contentOf(await loadSnapshot(store, engine));
    const top: Action[] = [{ checkpointMetadata: { version: 8 } }, ...table];
    if (place === "inline") top.push(...files);
    else {
      top.push({ sidecar: await putSidecar(store, files.slice(0, 3)) });
      top.push({ sidecar: await putSidecar(store, files.slice(3)) });
    }
    await putTop(store, path, top);
    await deleteCommits(store, range(0, 8));
    const snapshot = await loadSnapshot(store, engine);
    assert.equal(snapshot.checkpointVersion, 8);
    assert.deepEqual([...snapshot.state.domains.keys()], ["a"]);
    snapshot.state.domains.delete("a");
    assert.deepEqual(contentOf(snapshot), expected);
    assert.ok(snapshot.state.tombstones.size > 0);
  });
}

test("a sidecar's path is decoded once, and of an absolute one the name counts", () => {
  for (const [path, name] of [
    ["a.parquet", "a.parquet"],
    ["a%20b%2520.parquet", "a b%20.parquet"],
    ["00000000000000000005.checkpoint.0000000001.0000000003.x.parquet", undefined],
    ["s3://bucket/some/table/_delta_log/_sidecars/a.parquet", "a.parquet"],
    ["file:/old/place/_delta_log/_sidecars/a.parquet", "a.parquet"],
    ["file:///old/place/_delta_log/_sidecars/a.parquet", "a.parquet"],
    ["/old/place/_delta_log/_sidecars/a.parquet", "a.parquet"],
  ] as const) {
    assert.equal(sidecarPath(path), `_delta_log/_sidecars/${name ?? path}`);
  }
});

test("a sidecar outside its folder is refused, in whatever way it is written", () => {
  for (const path of [
    "../00000000000000000001.json",
    "..%2Fx.parquet",
    "..",
    ".",
    "",
    "a/b.parquet",
    "..\\x.parquet",
    "%2e%2e",
    "/etc/passwd",
    "file:/etc/passwd",
    "C:x.parquet",
    "x%00.parquet",
    "/t/_delta_log/_sidecars/../x.parquet",
    "/t/_delta_log/_sidecars/",
    "../other/_delta_log/_sidecars/x.parquet",
  ]) {
    throws(() => sidecarPath(path), "UNSAFE_PATH", /sidecar/);
  }
  throws(() => sidecarPath("%"), "CORRUPT_LOG", /not a valid URI/);
});

test("a checkpoint with a sidecar outside its folder is passed over, and is the error when all hangs on it", async (t) => {
  const { store, table } = await v2Log(t);
  const sidecar = { path: "../../../secret.parquet", sizeInBytes: 1, modificationTime: 1 };
  await putTop(store, topPath(8, "json"), [{ checkpointMetadata: { version: 8 } }, ...table, { sidecar }]);
  assert.equal((await loadSnapshot(store, engine)).checkpointVersion, -1);
  await deleteCommits(store, [0]);
  await rejects(loadSnapshot(store, engine), "UNSAFE_PATH", /secret\.parquet/);
});

test("a V2 checkpoint that is not whole is passed over", async (t) => {
  const { store, table, files } = await v2Log(t);
  const sidecar = await putSidecar(store, files);
  const tags = { numOfAddFiles: String(files.filter((action) => "add" in action).length) };
  const whole: Action[] = [{ checkpointMetadata: { version: 8, tags } }, ...table, { sidecar }];
  await putTop(store, topPath(8, "json"), whole);
  assert.equal((await loadSnapshot(store, engine)).checkpointVersion, 8);
  const damaged: readonly (readonly [string, readonly Action[]])[] = [
    ["its last line, the sidecar, is cut off", whole.slice(0, -1)],
    ["it is of another version", [{ checkpointMetadata: { version: 7 } }, ...table, { sidecar }]],
    ["it does not say that it is one", [...table, { sidecar }]],
    ["its sidecar is gone", [...whole, { sidecar: { ...sidecar, path: "gone.parquet" } }]],
    ["it has no protocol", whole.filter((action) => !("protocol" in action))],
  ];
  for (const [what, actions] of damaged) {
    await putTop(store, topPath(8, "json"), actions);
    const snapshot = await loadSnapshot(store, engine);
    assert.equal(snapshot.checkpointVersion, -1, what);
    assert.equal(snapshot.fileCount, 7, what);
  }
});

test("of several checkpoints of one version any readable one will do", async (t) => {
  const { store, table, files } = await v2Log(t);
  const expected = contentOf(await loadSnapshot(store, engine));
  const inline: Action[] = [{ checkpointMetadata: { version: 8 } }, ...table.slice(0, -1), ...files];
  const good = [checkpointPath(8), topPath(8, "json"), topPath(8, "parquet", randomUUID())];
  for (const path of good) await putTop(store, path, inline);
  await deleteCommits(store, range(0, 8));
  assert.equal((await listLog(store)).checkpoints.length, 3);
  for (const survivor of good) {
    for (const path of good)
      if (path === survivor) await putTop(store, path, inline);
      else await writeText(store, path, "rubbish");
    assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected, survivor);
  }
});

/** Writes a checkpoint by SQL, as other writers lay it out. */
async function checkpointOfSql(t: TestContext, sql: string): Promise<Uint8Array> {
  const path = join(await temporaryFolder(t), "checkpoint.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return readFile(path);
}

const protocolSql = "{'minReaderVersion': 1, 'minWriterVersion': 2} AS protocol";
const metadataSql = `{'id': 'x', 'format': {'provider': 'parquet', 'options': MAP {}::MAP(VARCHAR, VARCHAR)}, 'schemaString': '${metadataWith().schemaString}', 'partitionColumns': []::VARCHAR[], 'configuration': MAP {}::MAP(VARCHAR, VARCHAR), 'createdTime': 1} AS "metaData"`;

/** Statistics of a column of each type, as a struct. */
function boundsSql(n: string, time: string): string {
  return `{'n': ${n}::BIGINT, 's': 'a"b', 'd': 1234567890123456.78::DECIMAL(18,2), 'e': 12.50::DECIMAL(10,2), 'day': DATE '2024-02-29', 't': TIMESTAMPTZ '${time}', 'local': TIMESTAMP '2024-01-01 00:00:00.5', 'inner': {'x': ${n}}}`;
}

function addSql(path: string, stats: string, statsParsed: string): string {
  return `SELECT NULL AS protocol, NULL AS "metaData", {'path': '${path}', 'partitionValues': MAP {'p': '1'}, 'partitionValues_parsed': {'p': 1}, 'size': 1::BIGINT, 'modificationTime': 2::BIGINT, 'dataChange': false, 'stats': ${stats}, 'stats_parsed': ${statsParsed}} AS add`;
}

test("parsed statistics, where they are the only ones, become the text that a commit would have", async (t) => {
  const store = memoryStore(t);
  const parsed = `{'numRecords': 3::BIGINT, 'minValues': ${boundsSql("9007199254740993", "1969-12-31 23:59:59.123456")}, 'maxValues': ${boundsSql("5", "2024-01-01 00:00:00")}, 'nullCount': {'n': 0::BIGINT}}`;
  const data = await checkpointOfSql(
    t,
    `SELECT ${protocolSql}, ${metadataSql}, NULL AS add UNION ALL ${addSql("parsed", "NULL", parsed)}
     UNION ALL ${addSql("text", `'{"numRecords":7}'`, parsed)} UNION ALL ${addSql("none", "NULL", "NULL")}`,
  );
  await store.put(checkpointPath(4), data);
  const snapshot = await loadSnapshot(store, engine);
  const files = new Map([...snapshot.files].map((file) => [file.path, file]));
  assert.equal(files.get("text")?.stats, '{"numRecords":7}');
  assert.equal(files.get("none")?.stats, undefined);
  const text = files.get("parsed")?.stats ?? "";
  assert.match(text, /"n":9007199254740993,.*"d":"1234567890123456\.78",/);
  assert.deepEqual(JSON.parse(text), {
    numRecords: 3,
    minValues: {
      n: Number("9007199254740993"),
      s: 'a"b',
      d: "1234567890123456.78",
      e: 12.5,
      day: "2024-02-29",
      t: "1969-12-31T23:59:59.123456Z",
      local: "2024-01-01T00:00:00.500000",
      inner: { x: Number("9007199254740993") },
    },
    maxValues: {
      n: 5,
      s: 'a"b',
      d: "1234567890123456.78",
      e: 12.5,
      day: "2024-02-29",
      t: "2024-01-01T00:00:00.000000Z",
      local: "2024-01-01T00:00:00.500000",
      inner: { x: 5 },
    },
    nullCount: { n: 0 },
  });
  assert.deepEqual(files.get("parsed")?.partitionValues, { p: "1" });
});

test("parsed statistics without a column for their text are read as well", async (t) => {
  const store = memoryStore(t);
  const add = `{'path': 'a', 'partitionValues': MAP {}::MAP(VARCHAR, VARCHAR), 'size': 1::BIGINT, 'stats_parsed': {'numRecords': 3::BIGINT}}`;
  const data = await checkpointOfSql(t, `SELECT ${protocolSql}, ${metadataSql}, ${add} AS add`);
  await store.put(checkpointPath(4), data);
  assert.deepEqual(
    [...(await loadSnapshot(store, engine)).files],
    [addOf("a", { modificationTime: 0, stats: '{"numRecords":3}' })],
  );
});

test("the parts of a checkpoint may lack columns, members and rows of a kind", async (t) => {
  const store = memoryStore(t);
  const parts = [
    `SELECT ${protocolSql}`,
    `SELECT ${metadataSql}, {'path': 'a', 'partitionValues': MAP {}::MAP(VARCHAR, VARCHAR), 'size': 1::BIGINT} AS add`,
    `SELECT {'path': 'b', 'size': 1, 'partitionValues': MAP {'p': NULL::VARCHAR}, 'stats': '{}', 'tags': MAP {'t': 'x'}, 'baseRowId': 7::BIGINT, 'defaultRowCommitVersion': 2::BIGINT, 'clusteringProvider': 'liquid', 'deletionVector': {'storageType': 'u', 'pathOrInlineDv': 'ab', 'offset': 4, 'sizeInBytes': 10, 'cardinality': 2::BIGINT, 'maxRowIndex': 4::BIGINT}} AS add, {'path': 'gone', 'deletionTimestamp': 5::BIGINT, 'dataChange': false} AS remove`,
  ];
  for (const [index, sql] of parts.entries()) {
    const name = `_delta_log/00000000000000000003.checkpoint.000000000${index + 1}.0000000003.parquet`;
    await store.put(name, await checkpointOfSql(t, sql));
  }
  const { state } = await loadSnapshot(store, engine);
  assert.deepEqual(
    [...state.files.values()],
    [
      addOf("a", { modificationTime: 0, size: 1 }),
      addOf("b", {
        modificationTime: 0,
        partitionValues: { p: null },
        stats: "{}",
        tags: { t: "x" },
        deletionVector: {
          storageType: "u",
          pathOrInlineDv: "ab",
          offset: 4,
          sizeInBytes: 10,
          cardinality: 2,
        },
        baseRowId: 7,
        defaultRowCommitVersion: 2,
        clusteringProvider: "liquid",
      }),
    ],
  );
  assert.deepEqual([...state.tombstones.keys()], ["gone"]);
});

test("texts that hold what separates texts are read right", async (t) => {
  const store = memoryStore(t);
  const adds = [
    addOf("a\u0001b", { partitionValues: { p: "x\u0001y", q: "\u0002" }, stats: "{\u0001}" }),
    addOf("c", {
      partitionValues: { 'p"': 'quote " and , \\ ', q: null, __proto__: "" },
      stats: 'not "json',
    }),
    addOf("d", { partitionValues: { p: "ä€😀" }, stats: '{"s":"\\u0001"}' }),
  ];
  const actions: Action[] = [
    { protocol: classicProtocol },
    { metaData: metadataWith() },
    ...adds.map((add) => ({ add })),
    { remove: removeOf("e\u0001f") },
  ];
  await store.put(checkpointPath(0), await engine.writeCheckpoint(actions));
  const { state } = await loadSnapshot(store, engine);
  assert.deepEqual([...state.files.values()], adds);
  assert.deepEqual([...state.tombstones.keys()], ["e\u0001f"]);
});

test("a checkpoint of more rows than one text or query holds is read in full", async (t) => {
  const store = memoryStore(t);
  const count = 140_000;
  const actions = function* (): Generator<Action> {
    yield { protocol: classicProtocol };
    for (let index = 0; index < count; index += 1) yield { add: addOf(`f${index}`, { size: index }) };
    yield { metaData: metadataWith() };
  };
  await store.put(checkpointPath(0), await engine.writeCheckpoint(actions()));
  const snapshot = await loadSnapshot(store, engine);
  assert.equal(snapshot.fileCount, count);
  assert.equal(snapshot.sizeInBytes, (count * (count - 1)) / 2);
});

test("an add without a size, or with parsed partition values alone, makes a checkpoint unreadable", async (t) => {
  const store = memoryStore(t);
  for (const add of [
    `{'path': 'a', 'partitionValues': MAP {}::MAP(VARCHAR, VARCHAR), 'size': NULL::BIGINT}`,
    `{'path': 'a', 'partitionValues_parsed': {'p': 1}, 'size': 1::BIGINT}`,
    `{'path': 'a', 'partitionValues': 'text', 'size': 1::BIGINT}`,
  ]) {
    await store.put(
      checkpointPath(4),
      await checkpointOfSql(t, `SELECT ${protocolSql}, ${metadataSql}, ${add} AS add`),
    );
    await rejects(loadSnapshot(store, engine), "CORRUPT_LOG", /version 4/);
  }
});

function compactedPath(first: number, last: number): string {
  return `_delta_log/${String(first).padStart(20, "0")}.${String(last).padStart(20, "0")}.compacted.json`;
}

/** What a stretch of a log adds up to. */
function compactionOf(log: readonly (readonly Action[])[], first: number, last: number): string {
  const actions = new Map<string, Action>();
  for (const action of log.slice(first, last + 1).flat()) {
    if ("add" in action) actions.set(`file ${action.add.path}`, action);
    else if ("remove" in action) actions.set(`file ${action.remove.path}`, action);
    else if ("txn" in action) actions.set(`txn ${action.txn.appId}`, action);
    else if (!("commitInfo" in action)) actions.set(Object.keys(action)[0] ?? "", action);
  }
  return serializeActions([...actions.values()]);
}

test("compacted commits are used where they lie within what is to be read, and save reading the commits", async (t) => {
  const store = memoryStore(t);
  const log = simpleLog(20);
  await writeLog(store, log);
  const expected = contentOf(await loadSnapshot(store, engine));
  for (const [first, last] of [
    [0, 4],
    [2, 9],
    [5, 8],
    [5, 12],
    [14, 30],
  ] as const)
    await writeText(store, compactedPath(first, last), compactionOf(log, first, last));
  for (const version of [1, 3, 6, 11]) await writeText(store, commitPath(version), "must not be read");
  assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected);
  await rejects(loadSnapshot(store, engine, { version: 3 }), "CORRUPT_LOG", /00001\.json, line 1/);
});

test("compacted commits that are not what their commits add up to are not used", async (t) => {
  const store = memoryStore(t);
  const vector = {
    storageType: "u",
    pathOrInlineDv: "ab^-aqEH.-t@S}K{vb[*k^",
    offset: 4,
    sizeInBytes: 4,
    cardinality: 1,
  } as const;
  const log = [
    ...simpleLog(12, { protocol: protocolWith(["deletionVectors"]) }),
    [{ add: addOf("v.parquet") }],
    [{ remove: removeOf("v.parquet") }, { add: addOf("v.parquet", { deletionVector: vector }) }],
    [{ remove: removeOf("f1.parquet") }, { remove: removeOf("v.parquet", { deletionVector: vector }) }],
  ];
  await writeLog(store, log);
  const expected = contentOf(await loadSnapshot(store, engine));
  const reconciled = (first: number, last: number): string => compactionOf(log, first, last);
  const raw = (first: number, last: number): string =>
    serializeActions(
      log
        .slice(first, last + 1)
        .flat()
        .toReversed(),
    );
  const withMore = (...more: Action[]): string => reconciled(2, 9) + serializeActions(more);
  const wrong: Readonly<Record<string, string>> = {
    "the commits one behind the other": raw(0, 15),
    "a remove and an add of one file": withMore({ add: addOf("f2.parquet") }),
    "a file twice": withMore({ add: addOf("f4.parquet", { size: 99 }) }),
    "a file with two vectors": withMore({ add: addOf("f4.parquet", { deletionVector: vector }) }),
    "a file twice, spelled in two ways": withMore({ add: addOf("f%34.parquet") }),
    "an application's progress twice": withMore({ txn: { appId: "app 0", version: 1 } }),
    "the metadata twice": withMore({ metaData: metadataWith() }, { metaData: metadataWith() }),
    nothing: "\n",
  };
  for (const [what, text] of Object.entries(wrong)) {
    const path = what.startsWith("the commits") ? compactedPath(0, 15) : compactedPath(2, 9);
    await writeText(store, path, text);
    assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected, what);
    await store.delete(path);
  }
});

test("damaged compacted commits cost time, not the table", async (t) => {
  const store = memoryStore(t);
  const log = simpleLog(12);
  await writeLog(store, log);
  const expected = contentOf(await loadSnapshot(store, engine));
  for (const text of ["rubbish", '{"add":{"path":1}}\n', "\u0000"]) {
    await writeText(store, compactedPath(2, 9), text);
    assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected, text);
  }
});

async function putChecksum(store: MemoryStore, version: number, json: unknown): Promise<void> {
  await writeText(store, `_delta_log/${String(version).padStart(20, "0")}.crc`, JSON.stringify(json));
}

test("where a checksum disagrees with compacted commits that were cut short, the commits are read", async (t) => {
  const store = memoryStore(t);
  const log = simpleLog(12);
  await writeLog(store, log);
  const whole = await loadSnapshot(store, engine);
  const lines = compactionOf(log, 2, 9).split("\n");
  await writeText(store, compactedPath(2, 9), lines.slice(0, 4).join("\n"));
  const checksum = { numFiles: whole.fileCount, tableSizeBytes: whole.sizeInBytes };
  await putChecksum(store, 12, checksum);
  assert.deepEqual(contentOf(await loadSnapshot(store, engine)), contentOf(whole));
});

test("a wrong or damaged checksum changes nothing", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(12));
  const expected = contentOf(await loadSnapshot(store, engine));
  for (const json of [
    { numFiles: 1, tableSizeBytes: 1 },
    {},
    null,
    "x",
    { numFiles: "8", tableSizeBytes: -1 },
  ]) {
    await putChecksum(store, 12, json);
    assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected);
  }
  await writeText(store, "_delta_log/00000000000000000012.crc", "{");
  assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected);
});

test("a hint shortens the listing, and a wrong one is made good by listing all", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(30));
  const snapshot = await loadSnapshot(store, engine, { version: 20 });
  const actions: Action[] = [
    { protocol: snapshot.protocol },
    { metaData: snapshot.metadata },
    ...[...snapshot.state.transactions.values()].map((txn) => ({ txn })),
    ...[...snapshot.files].map((add) => ({ add })),
  ];
  await store.put(checkpointPath(20), await engine.writeCheckpoint(actions));
  const expected = contentOf(await loadSnapshot(store, engine));
  const starts: (string | undefined)[] = [];
  const listNames = store.listNames.bind(store);
  store.listNames = async (folder, options) => {
    starts.push(options?.startAfter);
    return listNames(folder, options);
  };
  const all = undefined;
  for (const [hint, expectedStarts] of [
    [20, ["00000000000000000020"]],
    [5, ["00000000000000000005"]],
    [25, ["00000000000000000025", all]],
    [99, ["00000000000000000099", all]],
  ] as const) {
    await writeText(store, "_delta_log/_last_checkpoint", JSON.stringify({ version: hint, size: 1 }));
    starts.length = 0;
    assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected);
    assert.deepEqual(starts, expectedStarts);
  }
  await writeText(store, "_delta_log/_last_checkpoint", '{"version":20,"size":1}');
  await writeText(store, checkpointPath(20), "rubbish");
  starts.length = 0;
  assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected);
  assert.deepEqual(starts, ["00000000000000000020", all]);
});

test("a log that is cleaned up while it is read is listed again", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(12));
  const snapshot = await loadSnapshot(store, engine, { version: 10 });
  const actions: Action[] = [
    { protocol: snapshot.protocol },
    { metaData: snapshot.metadata },
    ...[...snapshot.state.transactions.values()].map((txn) => ({ txn })),
    ...[...snapshot.files].map((add) => ({ add })),
  ];
  const expected = contentOf(await loadSnapshot(store, engine));
  const read = store.read.bind(store);
  let cleanUp = async (): Promise<void> => {
    await store.put(checkpointPath(10), await engine.writeCheckpoint(actions));
    await deleteCommits(store, range(0, 9));
    cleanUp = async () => {};
  };
  store.read = async (path) => {
    if (path === commitPath(3)) await cleanUp();
    return read(path);
  };
  assert.deepEqual(contentOf(await loadSnapshot(store, engine)), expected);
});

test("a store that fails is not taken for a damaged log", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, simpleLog(3));
  await store.put(checkpointPath(2), Buffer.from("not read"));
  await deleteCommits(store, [0]);
  store.localPath = async () => {
    throw new StoreError("IO_FAILED", "the network is down");
  };
  await rejects(loadSnapshot(store, engine), "IO_FAILED", /network is down/);
});

test("applied checkpoints keep paths as they are written", async (t) => {
  const store = memoryStore(t);
  const paths = ["c d.parquet", "a%20b.parquet", "p=x%2Fy/ü.parquet"];
  const actions: Action[] = [
    { protocol: classicProtocol },
    { metaData: metadataWith() },
    ...paths.map((path) => ({ add: addOf(path) })),
  ];
  await store.put(checkpointPath(0), await engine.writeCheckpoint(actions));
  assert.deepEqual(pathsOf(await loadSnapshot(store, engine)), paths.toSorted());
});
