import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import * as fc from "fast-check";
import { field, RecordBatch, structType } from "finance-feedback-delta";
import type { StructType } from "finance-feedback-delta";

import { CommandError } from "../../src/cli/command-error.ts";
import { arrowBytes } from "../../src/cli/output/arrow-stream.ts";
import { limited } from "../../src/cli/output/limited.ts";
import { rowFormatOf } from "../../src/cli/output/row-format.ts";
import { csvText, jsonText, ndjsonText } from "../../src/cli/output/row-text.ts";
import { whole } from "../../src/cli/output/whole-text.ts";
import { writeWholeFile } from "../../src/cli/output/whole-file.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const schema = structType([
  field("at", "timestamp"),
  field("price", "decimal(18,8)"),
  field("note", "string"),
  field("__proto__", "long"),
]);

function batchOf(prices: readonly bigint[], notes: readonly (string | null)[]): RecordBatch {
  return new RecordBatch(schema, prices.length, [
    { values: BigInt64Array.from(prices, (_, index) => 1_767_225_600_000_001n + BigInt(index)) },
    {
      values: BigInt64Array.from(prices),
      validity: Uint8Array.from(prices, (price) => Number(price !== 0n)),
    },
    { values: notes },
    { values: BigInt64Array.from(prices, () => 2n ** 60n) },
  ]);
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  return (await collect(chunks)).join("");
}

async function bytesOf(from: StructType, batches: readonly RecordBatch[]): Promise<Buffer> {
  return Buffer.concat(await collect(arrowBytes(from, each(batches), "file")));
}

test("CSV has a header, exact decimals, microseconds, and tells null from an empty text", async () => {
  const batches = [batchOf([-5n, 0n], ['say "a,b"\n', null]), batchOf([10n ** 9n], [""])];
  assert.equal(
    await textOf(csvText(schema, each(batches))),
    `at,price,note,__proto__
2026-01-01T00:00:00.000001Z,-0.00000005,"say ""a,b""
",1152921504606846976
2026-01-01T00:00:00.000002Z,,,1152921504606846976
2026-01-01T00:00:00.000001Z,10.00000000,"",1152921504606846976
`,
  );
  assert.equal(await textOf(csvText(schema, each([]))), "at,price,note,__proto__\n");
});

test("a document comes when it is whole, however long it is, or not at all", async () => {
  const long = Array.from({ length: 30 }, (_, index) => String(index % 10).repeat(400_000));
  assert.equal(
    Buffer.concat((await collect(whole(each(long)))).map((chunk) => Buffer.from(chunk))).toString(),
    long.join(""),
  );
  for (const length of [1, 29]) {
    const chunks = whole(
      (async function* failing(): AsyncGenerator<string> {
        yield* long.slice(0, length);
        throw new Error("late");
      })(),
    );
    await assert.rejects(chunks.next(), /late/);
  }
});

test("JSON and JSON lines say the same, and keep a column of any name", async () => {
  const batches = [batchOf([1n], ["a"]), batchOf([], []), batchOf([0n], [null])];
  const lines = (await textOf(ndjsonText(schema, each(batches)))).trimEnd().split("\n");
  const array: unknown = JSON.parse(await textOf(jsonText(schema, each(batches))));
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    array,
  );
  assert.equal(
    lines[0],
    '{"at":"2026-01-01T00:00:00.000001Z","price":"0.00000001","note":"a","__proto__":"1152921504606846976"}',
  );
  assert.equal(await textOf(jsonText(schema, each([]))), "[]\n");
  assert.equal(await textOf(ndjsonText(schema, each([]))), "");
});

test("Arrow carries every value of every type", async () => {
  const point = structType([field("x", "double"), field("day", "date")]);
  const wide = structType([
    field("long", "long"),
    field("decimal", "decimal(18,8)"),
    field("wide", "decimal(38,2)"),
    field("text", "string"),
    field("flag", "boolean"),
    field("bytes", "binary"),
    field("day", "date"),
    field("wall", "timestamp_ntz"),
    field("list", { type: "array", elementType: "string", containsNull: true }),
    field("map", { type: "map", keyType: "string", valueType: "decimal(9,2)", valueContainsNull: true }),
    field("point", point),
    field("nothing", "void"),
  ]);
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const int38 = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n });
  const text = fc.string({ unit: "grapheme" });
  const row = fc.record({
    long: int64,
    wide: fc.option(int38),
    text: fc.option(text),
    flag: fc.option(fc.boolean()),
    bytes: fc.option(fc.uint8Array({ maxLength: 9 })),
    list: fc.option(fc.array(fc.option(text), { maxLength: 3 })),
    map: fc.option(fc.uniqueArray(text, { maxLength: 2 })),
    point: fc.option(fc.double({ noNaN: true })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
      const longs = BigInt64Array.from(rows, ({ long }) => long);
      const validity = Uint8Array.from(rows, ({ flag }) => Number(flag !== null));
      const batch = new RecordBatch(wide, rows.length, [
        { values: longs },
        { values: longs, validity },
        { values: rows.map((one) => (one.wide === null ? null : withTwoDecimals(one.wide))) },
        { values: rows.map((one) => one.text) },
        { values: rows.map((one) => one.flag) },
        { values: rows.map((one) => one.bytes) },
        { values: Int32Array.from(rows, () => 20_454) },
        { values: longs },
        { values: rows.map((one) => one.list) },
        {
          values: rows.map((one) =>
            one.map === null ? null : new Map(one.map.map((key) => [key, "-1.50"])),
          ),
        },
        { values: rows.map((one) => (one.point === null ? null : { x: one.point, day: "2026-01-01" })) },
        { values: rows.map(() => null) },
      ]);
      const table = tableFromIPC(await bytesOf(wide, [batch, batch]));
      assert.equal(table.numRows, rows.length * 2);
      rows.forEach((one, index) => {
        const at = (name: string): unknown => table.getChild(name)?.get(rows.length + index);
        assert.equal(at("long"), one.long);
        assert.equal(integerOf(at("decimal")), one.flag === null ? null : one.long);
        assert.equal(integerOf(at("wide")), one.wide);
        assert.equal(at("text"), one.text);
        assert.equal(at("flag"), one.flag);
        assert.deepEqual(at("bytes"), one.bytes);
        assert.equal(Number(at("day")), Date.UTC(2026, 0, 1));
        assert.equal(table.getChild("wall")?.data[0]?.values[rows.length + index], one.long);
        assert.equal(JSON.stringify(at("list")), JSON.stringify(one.list));
        assert.deepEqual(
          Object.keys(Object(at("map"))),
          one.map === null ? [] : Object.keys(Object.fromEntries(one.map.map((key) => [key, 0]))),
        );
        assert.equal(at("point") === null, one.point === null);
        assert.equal(
          table
            .getChild("point")
            ?.getChild("x")
            ?.get(rows.length + index) ?? null,
          one.point,
        );
        assert.equal(at("nothing"), null);
      });
    }),
    { numRuns: 40 },
  );
});

function withTwoDecimals(unscaled: bigint): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(3, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** A decimal of any width as Arrow's reader hands it over: four words, the lowest first. */
function integerOf(words: unknown): bigint | null {
  if (!(words instanceof Uint32Array)) return null;
  const [low = 0n, high = 0n] = new BigInt64Array(words.slice().buffer);
  return (high << 64n) + BigInt.asUintN(64, low);
}

test("a limit takes the first rows and asks for no more", async () => {
  let asked = 0;
  const batches = (async function* counting(): AsyncGenerator<RecordBatch> {
    for (const prices of [[1n, 2n], [3n, 4n], [5n]]) {
      asked += 1;
      yield batchOf(prices, prices.map(String));
    }
  })();
  assert.equal((await textOf(csvText(schema, limited(batches, 3)))).split("\n").length, 5);
  assert.equal(asked, 2);
  assert.equal((await collect(limited(each([batchOf([1n], ["a"])]), 0))).length, 0);
});

test("the format is the one that is named, else the one that the file's name tells", () => {
  assert.equal(rowFormatOf({}, true), "table");
  assert.equal(rowFormatOf({ json: true }, false), "json");
  assert.equal(rowFormatOf({ output: "a/B.CSV" }, true), "csv");
  assert.equal(rowFormatOf({ output: "x.feather", json: true }, true), "arrow");
  assert.equal(rowFormatOf({ output: "x.csv", format: "ndjson" }, true), "ndjson");
  assert.equal(rowFormatOf({ format: "arrow" }, false), "arrow");
  for (const [target, isTerminal] of [
    [{ output: "x.data" }, true],
    [{ format: "parquet" }, false],
    [{ format: "arrow" }, true],
    [{ format: "csv", json: true }, false],
  ] as const)
    assert.throws(() => rowFormatOf(target, isTerminal), CommandError);
});

test("a file gets its name when it is whole, and a failure leaves the old one and nothing else", async () => {
  using folder = new TemporaryFolder();
  const path = folder.at("out.csv");
  writeFileSync(path, "old");
  await assert.rejects(
    writeWholeFile(path, async (part) => {
      writeFileSync(part, "half");
      assert.equal(readFileSync(path, "utf8"), "old");
      throw new Error("the disk is full");
    }),
    /the disk is full/,
  );
  assert.deepEqual([readFileSync(path, "utf8"), readdirSync(folder.path)], ["old", ["out.csv"]]);
  await writeWholeFile(path, async (part) => {
    writeFileSync(part, "new");
  });
  assert.deepEqual([readFileSync(path, "utf8"), readdirSync(folder.path)], ["new", ["out.csv"]]);
});

test("a link stays one, and a folder or a missing one is refused before anything is written", async () => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.at("real"));
  writeFileSync(folder.at("real/x.csv"), "old");
  symlinkSync(folder.at("real/x.csv"), folder.at("link.csv"));
  await writeWholeFile(folder.at("link.csv"), async (part) => {
    writeFileSync(part, "new");
  });
  assert.equal(readFileSync(folder.at("real/x.csv"), "utf8"), "new");
  for (const path of [folder.at("real"), folder.at("none/x.csv")])
    await assert.rejects(
      writeWholeFile(path, async () => assert.fail("it must not be asked for")),
      (error) => error instanceof CommandError && error.code === "INVALID_ARGUMENT",
    );
  assert.ok(!existsSync(folder.at("none")));
});
