import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import type { AddFile, DeltaTable, Row } from "../../src/index.ts";
import { cutColumns } from "../../src/commands/optimize/cut-columns.ts";
import { packFiles } from "../../src/commands/optimize/file-bins.ts";
import { filesToCluster } from "../../src/commands/optimize/z-cubes.ts";
import { lastCommit } from "../support/commits.ts";
import { columns, filesOf, idsOf, memoryTable, parallelEngine, range, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", asset: "string", price: "double" });

function rowsOf(ids: readonly number[]): Row[] {
  return ids.map((id) => ({ id, asset: `asset${id % 7}`, price: (id * 7919) % 1000 }));
}

async function tableOfFiles(
  t: Parameters<typeof memoryTable>[0],
  files: number,
  options: Partial<Parameters<typeof memoryTable>[1]> = {},
): Promise<DeltaTable> {
  const table = await memoryTable(t, { schema, ...options });
  for (let file = 0; file < files; file += 1)
    await table.append({ rows: rowsOf(range(file * 10, file * 10 + 9)) });
  return table;
}

for (const [name, curve] of [
  ["__curve_key", "zorder"],
  ["__curve_key_axis_0", "hilbert"],
] as const) {
  test(`a table with a column called ${name} is sorted along a curve`, async (t) => {
    const table = await memoryTable(t, { schema: columns({ id: "long", [name]: "long" }) });
    const rows = range(1, 50).map((id) => ({ id, [name]: id % 7 }));
    await table.append({ rows });
    await table.optimize({ zOrderBy: ["id", name], curve });
    const found = await (await table.scan({ orderBy: "id" })).rows();
    assert.deepEqual(
      found.map((row) => [Number(row["id"]), Number(row[name])]),
      rows.map((row) => [row["id"], row[name]]),
    );
  });
}

test("small files become one, with the same rows and a commit that changes no data", async (t) => {
  const table = await tableOfFiles(t, 5);
  const before = await filesOf(table);
  const result = await table.optimize();
  assert.ok(result.isCommitted);
  const { info, adds, removes } = await lastCommit(table);
  assert.equal(adds.length, 1);
  assert.equal(removes.length, 5);
  assert.ok([...adds, ...removes].every((file) => !file.dataChange));
  assert.equal(info.operation, "OPTIMIZE");
  assert.equal(info.isolationLevel, "SnapshotIsolation");
  assert.equal(info.isBlindAppend, false);
  assert.equal(result.metrics["numRemovedFiles"], 5);
  assert.equal(
    result.metrics["numRemovedBytes"],
    before.reduce((sum, file) => sum + file.size, 0),
  );
  assert.equal(result.metrics["numAddedFiles"], 1);
  assert.equal(result.metrics["minFileSize"], adds[0]?.size);
  assert.equal(result.metrics["maxFileSize"], adds[0]?.size);
  assert.equal(JSON.parse(adds[0]?.stats ?? "{}").numRecords, 50);
  assert.deepEqual(await idsOf(table), range(0, 49));
  assert.deepEqual(await idsOf(table, { version: 5 }), range(0, 49));
});

test("what was packed is left alone, and packed again only together with what came since", async (t) => {
  const table = await tableOfFiles(t, 3);
  await table.optimize();
  const again = await table.optimize();
  assert.equal(again.isCommitted, false);
  assert.equal(again.metrics["numRemovedFiles"], 0);
  await table.append({ rows: rowsOf([100]) });
  const result = await table.optimize();
  assert.equal(result.metrics["numRemovedFiles"], 2);
  assert.equal((await filesOf(table)).length, 1);
});

test("each partition is packed for itself, beside its own files", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long", asset: "string" }),
    partitionBy: ["asset"],
  });
  for (const id of range(0, 5))
    await table.append({
      rows: ["a/b", "ü%", null].map((asset) => ({ id, asset })),
    });
  const result = await table.optimize();
  assert.equal(result.metrics["numRemovedFiles"], 18);
  assert.equal(result.metrics["numAddedFiles"], 3);
  for (const asset of ["a/b", "ü%"]) {
    const scan = await table.scan({ where: `asset = '${asset}'` });
    assert.deepEqual(await scan.explain(), { ...(await scan.explain()), filesRead: 1, filesTotal: 3 });
    assert.equal((await scan.rows()).length, 6);
  }
  assert.equal((await (await table.scan({ where: "asset IS NULL" })).rows()).length, 6);
});

test("a filter chooses the partitions", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long", asset: "string" }),
    partitionBy: ["asset"],
  });
  for (const id of range(0, 2)) await table.append({ rows: ["a", "b"].map((asset) => ({ id, asset })) });
  const result = await table.optimize({ where: "asset = 'a'" });
  assert.equal(result.metrics["numRemovedFiles"], 3);
  assert.equal((await filesOf(table)).length, 4);
  const { info } = await lastCommit(table);
  assert.equal(info.operationParameters?.["predicate"], `["asset = 'a'"]`);
});

test("files with many deleted rows lose them, and with them their vectors", async (t) => {
  const table = await tableOfFiles(t, 1, { properties: { "delta.enableDeletionVectors": "true" } });
  await table.delete({ where: "id < 5" });
  const result = await table.optimize();
  assert.equal(result.metrics["numDeletionVectorsRemoved"], 1);
  const [file] = await filesOf(table);
  assert.equal(file?.deletionVector, undefined);
  assert.deepEqual(await idsOf(table), range(5, 9));
});

for (const curve of ["zorder", "hilbert"] as const) {
  test(`rows sorted along a ${curve} curve let a filter on either column leave files out`, async (t) => {
    const table = await memoryTable(t, { schema: columns({ x: "integer", y: "integer" }) });
    const side = range(0, 127);
    for (const part of range(0, 3)) {
      const rows = side.flatMap((x) =>
        side.filter((y) => (x * 31 + y * 17) % 4 === part).map((y) => ({ x, y })),
      );
      await table.append({ rows });
    }
    const result = await table.optimize({ zOrderBy: ["x", "Y"], curve, targetSizeBytes: 512 });
    const files = (await filesOf(table)).length;
    assert.ok(files >= 6, `${files} files`);
    assert.equal(result.metrics["numAddedFiles"], files);
    for (const where of ["x = 17", "y = 101"]) {
      const scan = await table.scan({ where });
      const { filesRead } = await scan.explain();
      assert.ok(filesRead < files, `${where} reads ${filesRead} of ${files}`);
      assert.equal((await scan.rows()).length, 128);
    }
    const { info } = await lastCommit(table);
    assert.equal(info.operationParameters?.["zOrderBy"], '["x","y"]');
    assert.equal((await (await table.scan()).rows()).length, 128 * 128);

    const again = await table.optimize({ zOrderBy: ["x", "y"], curve, targetSizeBytes: 512 });
    assert.equal(again.isCommitted, false);
    await table.append({ rows: [{ x: 1, y: 1 }] });
    const added = await table.optimize({ zOrderBy: ["x", "y"], curve, targetSizeBytes: 512 });
    assert.equal(added.metrics["numRemovedFiles"], 1, "the large cube is left alone");
    const all = await table.optimize({ zOrderBy: ["x", "y"], curve, full: true });
    assert.equal(all.metrics["numRemovedFiles"], files + 1);
  });
}

for (const values of [200, 20_000]) {
  test(`a column of ${values} numbers is cut by value, not by text, into parts of about one size`, async () => {
    const session = await parallelEngine.openSession();
    await session.store("numbers", `SELECT i::DOUBLE AS n FROM range(${values}) r(i)`);
    const [column] = await cutColumns(session, "numbers", [{ name: "n", sqlType: "DOUBLE" }]);
    await session.close();
    const cuts = (column?.cuts ?? []).map(Number);
    assert.ok(cuts.length >= Math.min(values, 256) - 2, `${cuts.length} cuts`);
    const width = Math.ceil(values / 256);
    for (const [index, cut] of [...cuts, values].entries()) {
      const size = cut - (cuts[index - 1] ?? 0);
      assert.ok(size > 0 && size <= 2 * width, `a part of ${size} values before ${cut}`);
    }
  });
}

test("every type that has an order can be one to sort by, nulls and extremes too", async (t) => {
  const types = {
    s: "string",
    d: "decimal(38,10)",
    ts: "timestamp",
    day: "date",
    f: "double",
    b: "boolean",
    raw: "binary",
    i: "byte",
  } as const;
  const table = await memoryTable(t, { schema: columns(types) });
  const rows: Row[] = [
    {
      s: "it's",
      d: "-9999999999999999999999999999.9999999999",
      ts: new Date(-1),
      day: "1969-12-31",
      f: Number.NaN,
    },
    { s: "", d: "0", ts: new Date(0), day: "9999-12-31", f: Number.NEGATIVE_INFINITY, b: true, i: -128 },
    { s: "\u{1F600}", d: "1", f: 0, b: false, raw: new Uint8Array([0, 255, 39]), i: 127 },
    {},
  ];
  for (const row of rows) await table.append({ rows: [row] });
  const before = await (await table.scan({ orderBy: "d NULLS LAST" })).rows();
  await table.optimize({ zOrderBy: Object.keys(types), curve: "hilbert" });
  assert.equal((await filesOf(table)).length, 1);
  assert.deepEqual(await (await table.scan({ orderBy: "d NULLS LAST" })).rows(), before);
});

test("tables with column mapping and a change data feed are laid out anew without a change being recorded", async (t) => {
  for (const mode of ["name", "id"]) {
    const table = await tableOfFiles(t, 3, {
      partitionBy: ["asset"],
      properties: { "delta.columnMapping.mode": mode, "delta.enableChangeDataFeed": "true" },
    });
    await table.renameColumn("price", "the price");
    const { version } = await table.optimize({ zOrderBy: ["the price"] });
    assert.deepEqual(await idsOf(table), range(0, 29));
    assert.deepEqual(await (await table.changes({ fromVersion: version })).rows(), []);
    const prices = await (
      await table.scan({ where: "asset = 'asset0'", columns: ["id", "the price"] })
    ).rows();
    assert.deepEqual(
      prices.map((row) => row["the price"]),
      prices.map((row) => (Number(row["id"]) * 7919) % 1000),
    );
  }
});

test("an append-only table can be optimized", async (t) => {
  const table = await tableOfFiles(t, 3, { properties: { "delta.appendOnly": "true" } });
  assert.ok((await table.optimize()).isCommitted);
});

test("a memory budget that is far smaller than the rows is enough", async (t) => {
  const texts = columns({ id: "long", text: "string" });
  const table = await memoryTable(t, { schema: texts }, parallelEngine);
  await table.append({ sql: "SELECT i AS id, md5(i::VARCHAR) AS text FROM range(400000) r(i)" });
  await table.append({ sql: "SELECT i AS id, md5(i::VARCHAR) AS text FROM range(400000, 500000) r(i)" });
  await table.optimize({ zOrderBy: ["text"], memoryBudgetBytes: 160_000_000, targetSizeBytes: 2_000_000 });
  const files = await filesOf(table);
  assert.ok(files.length >= 4, `${files.length} files`);
  assert.equal(
    files.reduce((sum, file) => sum + Number(JSON.parse(file.stats ?? "{}").numRecords), 0),
    500_000,
  );
});

test("appends of others do not disturb it", async (t) => {
  const table = await tableOfFiles(t, 3);
  const other = table.optimize();
  await table.append({ rows: rowsOf([100, 101]) });
  assert.ok((await other).isCommitted);
  assert.deepEqual(await idsOf(table), [...range(0, 29), 100, 101]);
});

test("what has no order, and sizes that are none, are refused before anything is touched", async (t) => {
  const table = await tableOfFiles(t, 2, { partitionBy: ["asset"] });
  await rejects(table.optimize({ zOrderBy: ["asset"] }), "INVALID_ARGUMENT", /partition column/);
  await rejects(
    table.optimize({ zOrderBy: ["nothing"] }),
    "INVALID_ARGUMENT",
    /The columns: id, asset, price/,
  );
  await rejects(table.optimize({ zOrderBy: [] }), "INVALID_ARGUMENT");
  await rejects(table.optimize({ zOrderBy: ["id", "ID"] }), "INVALID_ARGUMENT");
  await rejects(table.optimize({ curve: "hilbert" }), "INVALID_ARGUMENT", /zOrderBy/);
  await rejects(table.optimize({ targetSizeBytes: 0 }), "INVALID_ARGUMENT");
  await rejects(table.optimize({ memoryBudgetBytes: Number.NaN }), "INVALID_ARGUMENT");
  await rejects(table.optimize({ where: "no sql at all (" }), "INVALID_PREDICATE");
  assert.equal((await table.snapshot()).version, 2);
});

test("an empty table has nothing to optimize", async (t) => {
  const table = await memoryTable(t, { schema });
  assert.equal((await table.optimize()).isCommitted, false);
  assert.equal((await table.optimize({ zOrderBy: ["id"] })).isCommitted, false);
});

function fileOf(path: string, size: number, tags: Readonly<Record<string, string>> = {}): AddFile {
  return { path, size, partitionValues: {}, modificationTime: 0, dataChange: true, tags };
}

test("bins hold each small file at most once and no more than the target", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 40 }), (sizes) => {
      const files = sizes.map((size, index) => fileOf(String(index), size));
      const bins = packFiles(files, { targetSize: 100, isPacked: () => false, needsRewrite: () => false });
      const packed = bins.flatMap((bin) => bin.files);
      assert.equal(new Set(packed).size, packed.length);
      assert.ok(packed.every((file) => file.size < 100));
      for (const bin of bins) {
        assert.ok(bin.files.length > 1 && bin.sizeInBytes <= 100);
        assert.equal(
          bin.sizeInBytes,
          bin.files.reduce((sum, file) => sum + file.size, 0),
        );
      }
      // Two neighbours that would fit into one bin are not left apart.
      const left = files.filter((file) => file.size < 100 && !packed.includes(file));
      for (const [index, file] of left.entries()) {
        const next = left[index + 1];
        if (next !== undefined && Number(next.path) === Number(file.path) + 1)
          assert.ok(file.size + next.size > 100);
      }
    }),
  );
});

test("rows that keep coming are sorted again about log2(n) times, and the cubes stay few", () => {
  const clustering = { columns: ["id"], curve: "zorder" } as const;
  let files: AddFile[] = [];
  let written = 0;
  for (const round of range(1, 256)) {
    files.push(fileOf(`new${round}`, 1));
    const chosen = filesToCluster(files, clustering, () => false);
    const size = chosen.reduce((sum, file) => sum + file.size, 0);
    written += size;
    files = files.filter((file) => !chosen.includes(file));
    files.push(
      fileOf(`cube${round}`, size, {
        ZCUBE_ID: String(round),
        ZCUBE_ZORDER_BY: '["id"]',
        ZCUBE_ZORDER_CURVE: "zorder",
      }),
    );
  }
  assert.ok(files.length <= 8, `${files.length} cubes`);
  assert.ok(written <= 256 * 9, `${written} rows written`);
  assert.deepEqual(
    filesToCluster(files, clustering, () => false),
    [],
  );
  assert.equal(filesToCluster(files, { ...clustering, curve: "hilbert" }, () => false).length, files.length);
});
