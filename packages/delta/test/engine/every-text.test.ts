import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { DeltaTable, MemoryStore } from "../../src/index.ts";
import type { DataType, Row } from "../../src/index.ts";
import { columns, engine, memoryTable, statisticsOf, temporaryFolder } from "../support/tables.ts";
import { runsOf } from "../../../../test/sampled.ts";

/** What readers drop, cut at, fold or take for a mark of their own. */
const treacherous = [
  "\uFEFF",
  "\uFEFF\uFEFF",
  "\uFFFE",
  "\uFFFF",
  "\u0000",
  "\u0001",
  "\u007F",
  "\u0085",
  "\u00A0",
  "\u200B",
  "\u2028",
  "\u202E",
  "\uFFFD",
  "\u{10FFFF}",
  "e\u0301",
  "\u00E9",
  "'",
  '"',
  "\\",
  "%",
];

/** Any text that UTF-8 can hold, with many that begin or end in something treacherous. */
const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom("", ...treacherous),
        fc.string({ unit: "binary", maxLength: 40 }),
        fc.constantFrom("", ...treacherous),
      )
      .map((parts) => parts.join("")),
  },
);

const texts: fc.Arbitrary<string[]> = fc.uniqueArray(anyText, { minLength: 1, maxLength: 12 });

test("every character of Unicode comes out of a table as it went in", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long", text: "string" }) });
  // Each of the basic plane at the beginning of a text of its own; of the others, many to a text.
  const written: string[] = [];
  for (let code = 0; code <= 0xffff; code += 1) {
    if (code < 0xd800 || code > 0xdfff) written.push(String.fromCodePoint(code));
  }
  for (let code = 0x10000; code <= 0x10ffff; code += 64)
    written.push(String.fromCodePoint(...Array.from({ length: 64 }, (_, index) => code + index)));
  await table.append({
    columns: { rowCount: written.length, columns: { id: written.map((_, id) => id), text: written } },
  });
  const batch = await (await table.scan({ orderBy: "id" })).toBatch();
  const found = batch.column("text")?.values ?? [];
  const wrong = written.filter((text, index) => found[index] !== text);
  assert.deepEqual(
    wrong.map((text) => text.codePointAt(0)?.toString(16)),
    [],
  );
});

const nested: DataType = columns({
  member: "string",
  list: { type: "array", elementType: "string", containsNull: true },
  map: { type: "map", keyType: "string", valueType: "string", valueContainsNull: true },
  deep: {
    type: "array",
    elementType: columns({
      inner: { type: "map", keyType: "string", valueType: "string", valueContainsNull: true },
    }),
    containsNull: true,
  },
});

test("any text comes back from a column, a member, a list, a map's keys and values, and by a query", async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (values) => {
      await using table = await DeltaTable.create(new MemoryStore(), {
        schema: columns({ id: "long", text: "string", nested }),
        engine,
      });
      const rows: Row[] = values.map((text, index) => ({
        id: BigInt(index),
        text,
        nested: {
          member: text,
          list: [text, null, text],
          map: new Map([[text, text]]),
          deep: [{ inner: new Map([[text, text]]) }],
        },
      }));
      await table.append({ rows });
      assert.deepEqual(await (await table.scan({ orderBy: "id" })).rows(), rows);
      const result = await table.engine.query("SELECT * FROM t ORDER BY id", async () => table.relation({}));
      assert.deepEqual(await result.rows(), rows);
    }),
    { numRuns: runsOf(3, 20) },
  );
});

test("any text is found again by its statistics, and by a file's bounds", async () => {
  await fc.assert(
    fc.asyncProperty(anyText, async (text) => {
      await using table = await DeltaTable.create(new MemoryStore(), {
        schema: columns({ text: "string" }),
        engine,
      });
      await table.append({ rows: [{ text }] });
      const stats: unknown = JSON.parse(await statisticsOf(table));
      const shortest = Array.from(text).slice(0, 32).join("");
      assert.ok(typeof stats === "object" && stats !== null && "minValues" in stats);
      assert.deepEqual(stats.minValues, { text: shortest });
      const found = await table.scan({ where: `text = ${sqlText(text)}` });
      assert.deepEqual(await found.rows(), [{ text }]);
    }),
    { numRuns: runsOf(6, 50) },
  );
});

test("any text that partitions a table comes back, and leads to its rows", async (t) => {
  const folder = await temporaryFolder(t);
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anyText.filter(fitsFolder), { minLength: 1, maxLength: 8 }),
      async (values) => {
        await using table = await DeltaTable.create(`${folder}/${(count += 1)}`, {
          schema: columns({ id: "long", part: "string" }),
          partitionBy: ["part"],
          engine,
        });
        // The empty text is null in a partition column.
        const rows: Row[] = values.map((part, index) => ({
          id: BigInt(index),
          part: part === "" ? null : part,
        }));
        await table.append({ rows });
        assert.deepEqual(await (await table.scan({ orderBy: "id" })).rows(), rows);
        for (const row of rows) {
          if (typeof row["part"] !== "string") continue;
          const scan = await table.scan({ where: `part = ${sqlText(row["part"])}` });
          assert.deepEqual(await scan.rows(), [row]);
        }
      },
    ),
    { numRuns: runsOf(3, 20) },
  );
});

test("the change data feed has any text before and after its change", async () => {
  await fc.assert(
    fc.asyncProperty(anyText, anyText, async (before, after) => {
      await using table = await DeltaTable.create(new MemoryStore(), {
        schema: columns({ id: "long", text: "string" }),
        properties: { "delta.enableChangeDataFeed": "true" },
        engine,
      });
      await table.append({
        rows: [
          { id: 1, text: before },
          { id: 2, text: "stays" },
        ],
      });
      await table.update({ set: { text: sqlText(after) }, where: "id = 1" });
      const changes = await table.changes({
        fromVersion: 2,
        columns: ["text", "_change_type"],
        orderBy: "_change_type",
      });
      assert.deepEqual(await changes.rows(), [
        { text: after, _change_type: "update_postimage" },
        { text: before, _change_type: "update_preimage" },
      ]);
    }),
    { numRuns: runsOf(3, 20) },
  );
});

test("any text works as a merge key, and comes back from a checkpoint", async () => {
  await fc.assert(
    fc.asyncProperty(
      // An application's id must have a letter.
      anyText.filter((text) => text.trim() !== ""),
      async (text) => {
        const store = new MemoryStore();
        await using table = await DeltaTable.create(store, {
          schema: columns({ key: "string", value: "string" }),
          properties: { "custom.note": text },
          engine,
        });
        await table.append({ rows: [{ key: text, value: "old" }] }, { txnAppId: text, txnVersion: 1 });
        await table
          .merge({ source: { rows: [{ key: text, value: text }] }, on: "target.key = source.key" })
          .whenMatchedUpdateAll()
          .whenNotMatchedInsertAll()
          .execute();
        await table.checkpoint();
        const again = DeltaTable.at(store, { engine });
        assert.deepEqual(await (await again.scan({ where: `key = ${sqlText(text)}` })).rows(), [
          { key: text, value: text },
        ]);
        const snapshot = await again.snapshot();
        assert.equal(snapshot.transaction(text)?.version, 1);
        assert.equal(snapshot.metadata.configuration["custom.note"], text);
      },
    ),
    { numRuns: runsOf(3, 20) },
  );
});

/** What a file system takes as a name, once it is escaped. */
function fitsFolder(text: string): boolean {
  return Buffer.byteLength(text, "utf8") * 3 < 200;
}

function sqlText(text: string): string {
  const parts = text.split("\0").map((part) => `'${part.replaceAll("'", "''")}'`);
  return `(${parts.join(" || chr(0) || ")})`;
}
