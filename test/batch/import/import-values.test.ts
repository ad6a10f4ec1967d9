// Volumes, missing values, rows that a file has twice, and what of it counts as fetched.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";

import type { ImportRequest } from "../../../src/index.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { imported } from "./import-workshop.ts";
import { openWorkshop, range, sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

const hourMs = 3_600_000;
const firstMs = Date.UTC(2024, 2, 4);
const bitcoin: Partial<ImportRequest> = { assetPair: "BTCUSD", timeframe: "1h" };

function file(header: string, count: number, lineOf: (time: string, index: number) => string): string {
  const lines = Array.from({ length: count }, (_, index) =>
    lineOf(`${new Date(firstMs + index * hourMs).toISOString().slice(0, 16)}Z`, index),
  );
  return [header, ...lines, ""].join("\n");
}

test("of volumes in two currencies the one of the base is read, which the symbol of the rows names", async () => {
  for (const [base, quote, symbol] of [
    ["BTC", "USD", "BTC/USD"],
    ["BTC", "USDT", "BTCUSDT"],
    ["XBT", "EUR", "BTC/EUR"],
  ] as const) {
    for (const [first, second] of [
      [base, quote],
      [quote, base],
    ] as const) {
      const header = `date,symbol,open,high,low,close,Volume ${first},Volume ${second}`;
      const [one, other] = first === base ? ["5", "500"] : ["500", "5"];
      const content = file(header, 6, (time) => `${time},${symbol},100,102,99,101,${one},${other}`);
      const { rows } = await imported("bars.csv", content, { timeframe: "1h" });
      assert.deepEqual([rows.length, rows[0]?.split(" ").at(-1)], [6, "5"]);
    }
  }
});

test("a volume of money is not taken where the amount stands beside it", async () => {
  for (const header of [
    "time,open,high,low,close,amount,vol",
    "time,open,high,low,close,base_volume,volume",
    "time,open,high,low,close,qty,Volume",
  ]) {
    const content = file(
      header,
      6,
      (time, index) => `${time},100,102,99,101,${index + 1},${(index + 1) * 100.5}`,
    );
    const { rows } = await imported("bars.csv", content, bitcoin);
    assert.equal(rows[5]?.split(" ").at(-1), "6", header);
  }
  const binance = file(
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume",
    6,
    (time, index) => `${time},100,102,99,101,${index + 1},0,${(index + 1) * 100.5},7,1,100`,
  );
  const { rows } = await imported("bars.csv", binance, bitcoin);
  assert.equal(rows[5]?.split(" ").at(-1), "6");
});

test("what exports write where there is no value is a missing one", async () => {
  for (const missing of ["-", "--", "n/a", "N/A", "null", "None", "#N/A", ""]) {
    const content = file("time,open,high,low,close,volume", 6, (time, index) => {
      if (index === 2) return `${time},100,102,99,101,${missing}`;
      return index === 4
        ? `${time},${missing},${missing},${missing},${missing},${missing}`
        : `${time},100,102,99,101,5`;
    });
    const { rows, reasons } = await imported("bars.csv", content, bitcoin);
    assert.equal(rows.length, 4, missing);
    assert.deepEqual(reasons.toSorted(), ["open missing", "volume missing"]);
    const fx = await imported("bars.csv", content, { ...bitcoin, assetPair: "EURUSD" });
    assert.deepEqual(
      fx.rows.map((row) => row.split(" ").at(-1)),
      ["5", "5", "null", "5", "5"],
    );
  }
});

test("a file that was appended to itself has its bars once, and the repeats count as unchanged", async () => {
  const once = file("time,open,high,low,close,volume", 30, (time, index) =>
    index === 7 ? `${time},100,99,102,101,5` : `${time},100,102,99,101,${index}`,
  );
  const twice = (await imported("bars.csv", once + once, bitcoin)).result;
  assert.deepEqual([twice.rowsIngested, twice.rowsUnchanged, twice.rowsRejected], [29, 30, 1]);
  assert.equal(twice.gate.passed, true);
  const other = once + once.replace(",100,102,99,101,3\n", ",100,102,99,101,4\n");
  const { result } = await imported("bars.csv", other, bitcoin);
  assert.deepEqual([result.rowsIngested, result.rowsUnchanged, result.rowsRejected], [29, 29, 2]);
  assert.deepEqual([...result.reasons.keys()].toSorted(), ["duplicate timestamp", "high < low"]);
  const marked = `\uFEFF${once}\uFEFF${once}`;
  assert.equal((await imported("bars.csv", marked, bitcoin)).result.rowsUnchanged, 30);
});

test("five rejected bars in a row close the gate of an import, and no --covers covers them", async () => {
  const content = file("time,open,high,low,close,volume", 300, (time, index) =>
    index >= 100 && index < 105 ? `${time},100,99,102,101,5` : `${time},100,102,99,101,5`,
  );
  const stretch = {
    startMs: firstMs + 100 * hourMs,
    endMs: firstMs + 105 * hourMs,
  };
  const covers = range("2024-03-01", "2024-04-01");
  for (const request of [bitcoin, { ...bitcoin, covers }]) {
    const { result } = await imported("bars.csv", content, request);
    assert.equal(result.gate.passed, false);
    assert.deepEqual(result.gate.rejectedRanges, [stretch]);
    assert.ok(
      result.covered.every(({ startMs, endMs }) => endMs <= stretch.startMs || startMs >= stretch.endMs),
    );
  }
  const single = content.replaceAll(/^(.*),100,99,102,101,5\n/gm, (line, time: string) =>
    line.startsWith("2024-03-08T06") ? line : `${time},100,102,99,101,5\n`,
  );
  assert.equal((await imported("bars.csv", single, bitcoin)).result.gate.passed, true);
});

test("hours that begin with the session count as no hours of UTC", async () => {
  const content = [
    "time,open,high,low,close,volume",
    ...[9, 10, 11, 12].map((hour) => `2024-03-04 ${String(hour).padStart(2, "0")}:30:00-05:00,1,2,1,2,5`),
  ].join("\n");
  const { rows, result } = await imported("bars.csv", content, { assetPair: "AAPL", timeframe: "1h" });
  assert.equal(rows.length, 4);
  assert.deepEqual(result.covered, []);
  assert.match(result.warnings.join(), /begin with the session, off the grid of UTC.*--covers/);
});

test("hours of an exchange whose calendar is unknown may begin at a quarter of an hour, those of others may not", async () => {
  const content = [
    "time,open,high,low,close,volume",
    ...[9, 10, 11, 12].map((hour) => `2024-03-04 ${String(hour).padStart(2, "0")}:15:00+05:30,1,2,1,2,5`),
  ].join("\n");
  const { rows } = await imported("bars.csv", content, { assetPair: "RELIANCE.NS", timeframe: "1h" });
  assert.equal(rows[0], "RELIANCE.NS 2024-03-04T03:45 1 2 1 2 5");
  for (const assetPair of ["AAPL", "BTCUSD", "EURUSD"])
    await assert.rejects(imported("bars.csv", content, { assetPair, timeframe: "1h" }), {
      message: /timestamp not on the 1h grid/,
    });
});

test("what only --covers covers is no outage of a provider, until somebody asked", async () => {
  using folder = new TemporaryFolder();
  const content = file("time,open,high,low,close,volume", 48, (time) => `${time},100,102,99,101,5`)
    .split("\n")
    .filter((line) => !/T(?:10|11|12):/.test(line))
    .join("\n");
  writeFileSync(folder.at("bars.csv"), content);
  const { ingester } = openWorkshop({ root: folder.at("lake") });
  await ingester.importFiles({
    files: [folder.at("bars.csv")],
    assetPair: "BTCUSD",
    timeframe: "1h",
    provider: "demo",
    covers: range("2024-03-04", "2024-03-06"),
  });
  const [report] = await ingester.findGaps();
  assert.deepEqual(
    report?.gaps.map(({ kind, missingBars }) => [kind, missingBars]),
    [
      ["not_in_file", 3],
      ["not_in_file", 3],
    ],
  );
  await ingester.repairGaps({ provider: "demo" });
  const [afterwards] = await ingester.findGaps();
  assert.deepEqual(afterwards?.gaps, []);
});

test("a volume beside market caps may be money, and times as NinjaTrader writes them are anybody's: questions", async () => {
  const caps = file(
    "timeOpen,open,high,low,close,volume,marketCap",
    6,
    (time) => `${time},100,102,99,101,5000000,900000000`,
  );
  await assert.rejects(
    imported("bars.csv", caps, bitcoin),
    /volume counted in the asset, or in money.*volume=none/,
  );
  const said = await imported("bars.csv", caps, { ...bitcoin, columns: { volume: "none" } });
  assert.equal(said.rows[0]?.split(" ").at(-1), "null");
  const ninja = Array.from(
    { length: 12 },
    (_, minute) => `20240304 00${String(minute).padStart(2, "0")}00;100;102;99;101;5`,
  );
  const minutes = { assetPair: "BTCUSD", timeframe: "1m" };
  await assert.rejects(imported("bars.txt", ninja.join("\n"), minutes), /name no zone/);
  const { rows } = await imported("bars.txt", ninja.join("\n"), { ...minutes, timeZone: "UTC" });
  assert.equal(rows[0], "BTCUSD 2024-03-04T00:00 100 102 99 101 5");
});

test("a damaged time between two bars is one dead letter, and no sign of longer bars", async () => {
  for (const damaged of ["15103144800005414060000", "2024-03-32"]) {
    const epochs = damaged.includes("-")
      ? ["2024-03-13T00:00Z", "2024-03-13T02:00Z"]
      : ["1710284400000", "1710291600000"];
    const content = [
      "time,open,high,low,close,volume",
      ...[epochs[0], damaged, epochs[1]].map((time) => `${time},100,101,99,100,1`),
    ].join("\n");
    const { rows, reasons } = await imported("bars.csv", content, bitcoin);
    assert.deepEqual([rows.length, reasons], [2, ["timestamp missing or unreadable"]]);
  }
});
