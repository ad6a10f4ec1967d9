import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import * as fc from "fast-check";
import stringWidth from "string-width";
import { field, RecordBatch, structType } from "finance-feedback-delta";

import { groupedNotes } from "../../src/cli/output/grouped-notes.ts";
import { tableText } from "../../src/cli/output/row-table.ts";
import { fitTable } from "../../src/cli/output/terminal-table.ts";
import { cutTo, padTo } from "../../src/cli/output/text-width.ts";

const rows = [
  {
    pair: "BTCUSD",
    close: "92191.35000000",
    _source_file: "https://example.com/a/long/path?x=1",
    note: "比特币 is dear, they say, and dearer it gets",
  },
  { pair: "ETHUSD", close: "3392.90000000", _source_file: null, note: null },
];
const columns = ["pair", "close", "note", "_source_file"];

test("optional columns give way first, then long texts are cut, then the last columns give way", () => {
  const style = { optional: ["_source_file"] };
  assert.deepEqual(fitTable(columns, rows, { ...style, width: 200 }).hidden, []);
  const hidden = fitTable(columns, rows, { ...style, width: 80 });
  assert.deepEqual(hidden.hidden, ["_source_file"]);
  assert.match(hidden.text, /dearer it gets/);
  const cut = fitTable(columns, rows, { ...style, width: 40 });
  assert.match(cut.text, /BTCUSD {2}92191\.35000000 {2}比特币 is dear,…\n/);
  const narrow = fitTable(columns, rows, { ...style, width: 24 });
  assert.deepEqual(narrow.hidden, ["note", "_source_file"]);
  assert.match(narrow.text, /92191\.35000000/);
});

test("no line is longer than the terminal as long as the first column fits, and no number is ever cut", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  const price = fc.integer().map((units) => `${units}.25`);
  fc.assert(
    fc.property(
      fc.array(fc.record({ a: price, b: text, c: price, d: text }), { minLength: 1 }),
      fc.integer({ min: 16, max: 120 }),
      (table, width) => {
        const fitted = fitTable(["a", "b", "c", "d"], table, { width });
        for (const line of fitted.text.trimEnd().split("\n")) assert.ok(stringWidth(line) <= width, line);
        table.forEach(({ a }) => assert.ok(fitted.text.includes(a)));
      },
    ),
  );
});

test("a column that a table is for stands below its row where the line has no room for it", () => {
  const gaps = [
    { pair: "BTCUSD", start: "2024-01-01T00:00:00Z", kind: "rejected", bars: 3 },
    { pair: "ETHUSD", start: "2024-01-02T00:00:00Z", kind: "", bars: 12 },
  ];
  const names = ["pair", "start", "kind", "bars"];
  const style = { optional: ["bars"], kept: ["start", "kind"] };
  assert.doesNotMatch(fitTable(names, gaps, { ...style, width: 40 }).text, /kind:/);
  const narrow = fitTable(names, gaps, { ...style, width: 30 });
  assert.deepEqual(narrow.hidden, ["bars"]);
  assert.match(
    narrow.text,
    /BTCUSD {2}2024-01-01T00:00:00Z\n {5}kind: rejected\nETHUSD {2}2024-01-02T00:00:00Z\n$/,
  );
  const narrower = fitTable(names, gaps, { ...style, width: 26 });
  assert.match(narrower.text, /BTCUSD\n {5}start:\s+2024-01-01T00:00:00Z\n {5}kind: rejected\n/);
});

test("what stands below a row is wrapped to the terminal and loses nothing", () => {
  const reason = `a price of ${"9".repeat(70)} is out of range, 币 too`;
  const below = (): string => reason;
  const { text } = fitTable(["pair"], [{ pair: "BTCUSD" }, { pair: "ETHUSD" }], { width: 40, below });
  const lines = text.trimEnd().split("\n");
  for (const line of lines) assert.ok(stringWidth(line) <= 40, line);
  const [, , first, ...rest] = lines;
  assert.equal(first, "BTCUSD");
  const shown = rest.slice(0, rest.indexOf("ETHUSD"));
  assert.ok(shown.length > 2 && shown.every((line) => line.startsWith("     ")));
  assert.equal(shown.join("").replaceAll(" ", ""), reason.replaceAll(" ", ""));
  assert.match(
    fitTable(["pair"], [{ pair: "BTCUSD" }], { below }).text,
    /\n {5}a price of 9{70} is out of range, 币 too\n$/,
  );
});

test("texts are cut and padded by what they take on a terminal", () => {
  assert.equal(cutTo("比特币", 5), "比特…");
  assert.equal(cutTo("比特币", 6), "比特币");
  assert.equal(padTo("币", 4, "left"), "币  ");
  assert.equal(padTo("é", 3, "right"), "  é");
});

test("bookkeeping stands last, and is shown where the query names it", async () => {
  const schema = structType(
    ["_extracted_at", "close", "partition_date"].map((name) => field(name, "string")),
  );
  const batch = new RecordBatch(schema, 1, [
    { values: ["2026-01-01T00:00:00Z"] },
    { values: ["1.5"] },
    { values: ["2026-01-01"] },
  ]);
  async function* batches(): AsyncGenerator<RecordBatch> {
    yield batch;
  }
  const shown = { showsAll: "--columns shows them" };
  assert.equal(
    await tableText(schema, batches(), { ...shown, width: 20 }),
    "close\n-----\n  1.5\n1 row; not shown: _extracted_at, partition_date (--columns shows them)\n",
  );
  assert.match(await tableText(schema, batches(), shown), /^close {2}_extracted_at +partition_date\n/);
  assert.match(
    await tableText(schema, batches(), { ...shown, width: 20, showsEveryColumn: true }),
    /^_extracted_at +close {2}partition_date\n/,
  );
  assert.match(
    await tableText(schema, batches(), { ...shown, width: 22, named: new Set(["partition_date"]) }),
    /^close {2}partition_da/,
  );
});

test("one note stands for all series that it holds of", () => {
  const notes = ["1m", "5m", "1h", "1d", "4h"].map((timeframe, index) => ({
    assetPair: "BTCUSD",
    timeframe,
    text: `BTCUSD ${timeframe}: nothing before 2026-01-0${index + 1}T00:00:00Z, ${index} bars`,
  }));
  assert.deepEqual(
    groupedNotes([...notes, { assetPair: "EURUSD", timeframe: "1d", text: "EURUSD 1d has no volume" }]),
    [
      "BTCUSD 1m: nothing before 2026-01-01T00:00:00Z, 0 bars (likewise BTCUSD 5m, BTCUSD 1h, BTCUSD 1d and 1 more series)",
      "EURUSD 1d has no volume",
    ],
  );
  assert.deepEqual(groupedNotes([]), []);
});

test("colours are shown where they are wanted: NO_COLOR, FORCE_COLOR and TERM=dumb are kept", () => {
  const script = `
    import { paint } from ${JSON.stringify(new URL("../../src/cli/output/paint.ts", import.meta.url).href)};
    process.stdout.write(paint("red", "x"));`;
  const shown = (environment: Readonly<Record<string, string>>): string =>
    spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      env: { PATH: process.env["PATH"] ?? "", ...environment },
      encoding: "utf8",
    }).stdout;
  assert.equal(shown({}), "x");
  assert.equal(shown({ FORCE_COLOR: "1" }), "\u001B[31mx\u001B[39m");
  assert.equal(shown({ FORCE_COLOR: "0" }), "x");
  assert.equal(shown({ NO_COLOR: "1" }), "x");
  assert.equal(shown({ TERM: "dumb" }), "x");
});
