// What columns beside the candles say: whose they are, how long a bar is, and in which zone and unit its time is.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import type { ImportRequest } from "../../../src/index.ts";
import { imported } from "./import-workshop.ts";
import { sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

const hourMs = 3_600_000;
const header = "time,open,high,low,close,volume";
const hour: Partial<ImportRequest> = { assetPair: "BTCUSD", timeframe: "1h" };

const iso = (openMs: number): string => new Date(openMs).toISOString().slice(0, 16);
function lines(
  count: number,
  {
    behind = "",
    from = 0,
    time = iso,
  }: { behind?: string; from?: number; time?: (openMs: number) => string } = {},
): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) =>
      `${time(Date.UTC(2024, 2, 4) + (from + index) * hourMs)},100,102,99,101,${index + 1}${behind}`,
  );
}

function withColumn(name: string, value: string): string {
  return [`${header},${name}`, ...lines(12, { behind: `,${value}` })].join("\n");
}

test("a column that names another asset keeps the rows out, whatever it is called", async () => {
  for (const [name, value] of [
    ["coin", "ETH"],
    ["asset", "ETH"],
    ["market", "ETH-USD"],
    ["product_id", "ETH-USD"],
    ["underlying", "ETHUSDT"],
    ["note", "ETHUSD"],
    ["base,quote", "ETH,USD"],
    ["base_currency,quote_currency", "BTC,EUR"],
  ] as const)
    await assert.rejects(imported("a.csv", withColumn(name, value), hour), /symbol \S+ is not BTCUSD \(12\)/);
});

test("a column that names the asset, a coin of it, or no asset stands in nobody's way", async () => {
  for (const [name, value] of [
    ["coin", "BTC"],
    ["symbol", "BTC"],
    ["name", "Bitcoin"],
    ["market", "SPOT"],
    ["exchange", "BINANCE"],
    ["base,quote", "XBT,USD"],
    ["note", "BTC-USD"],
  ] as const)
    assert.equal((await imported("a.csv", withColumn(name, value), hour)).rows.length, 12, name);
  const { rows } = await imported("a.csv", withColumn("base,quote", "ETH,USD"), { timeframe: "1h" });
  assert.match(rows[0] ?? "", /^ETHUSD /);
});

test("a column that names another timeframe refuses the file, or the rows that say so", async () => {
  for (const value of ["4h", "H4", "240", "FOUR_HOUR", "1d", "daily"])
    await assert.rejects(
      imported("a.csv", withColumn("interval", value), hour),
      /interval says .*--timeframe says 1h/,
    );
  for (const value of ["1h", "H1", "60", "3600", "60min", "ONE_HOUR", "PT1H", "hourly"])
    assert.equal((await imported("a.csv", withColumn("interval", value), hour)).rows.length, 12, value);
  const mixed = [
    `${header},period`,
    ...lines(40, { behind: ",1h" }),
    ...lines(2, { behind: ",1d", from: 48 }),
  ];
  const { rows, reasons } = await imported("a.csv", mixed.join("\n"), hour);
  assert.equal(rows.length, 40);
  assert.deepEqual(new Set(reasons), new Set(["its timeframe is 1d, not 1h"]));
});

test("a time without a zone among others with one is a dead letter, and many are a question", async () => {
  const zoned = (count: number): readonly string[] => lines(count, { time: (openMs) => `${iso(openMs)}Z` });
  const few = [header, ...zoned(40), ...lines(1, { from: 48 })].join("\n");
  const { rows, reasons } = await imported("a.csv", few, hour);
  assert.equal(rows.length, 40);
  assert.deepEqual(reasons, ["the time names no zone, and the others of its file do"]);
  const many = [header, ...zoned(4), ...lines(4, { from: 48 })].join("\n");
  await assert.rejects(
    imported("a.csv", many, hour),
    /4 of its 8 times name no zone, such as 2024-03-06T00:00/,
  );
  assert.equal((await imported("a.csv", many, { ...hour, timeZone: "UTC" })).rows.length, 8);
});

test("a column that is called a local time is of no zone that is known", async () => {
  const content = [header.replace("time", "Local time"), ...lines(8)].join("\n");
  await assert.rejects(imported("a.csv", content, hour), /its times name no zone/);
});

test("epochs in another unit than the file's are dead letters that say so", async () => {
  const other = lines(2, { from: 40, time: (openMs) => `${openMs}000` });
  const content = [header, ...lines(40, { time: String }), ...other].join("\n");
  const { rows, reasons } = await imported("a.csv", content, hour);
  assert.equal(rows.length, 40);
  assert.match(reasons.join(), /^implausible time: it is in another unit than milliseconds since 1970/);
});
