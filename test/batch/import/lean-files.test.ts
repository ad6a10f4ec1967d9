// LEAN's files, and archives of several: they come in right, or are refused by name.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { imported, zipOf } from "./import-workshop.ts";
import { sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

const minutes = (startMs: number, price = 4_856_300): string =>
  Array.from(
    { length: 12 },
    (_, index) => `${startMs + index * 60_000},${price},${price + 200},${price - 100},${price + 100},900`,
  ).join("\n");
const halfPastNine = 34_200_000;

test("a minute file of a stock is known by its name: its day, New York's clock, prices of a hundredth of a cent", async () => {
  const archive = zipOf({ "20131007_aapl_minute_trade.csv": minutes(halfPastNine) });
  for (const assetPair of ["AAPL", undefined]) {
    const { rows } = await imported("20131007_trade.zip", archive, { assetPair, timeframe: "1m" });
    assert.equal(rows.length, 12);
    assert.equal(rows[0], "AAPL 2013-10-07T13:30 485.63 485.65 485.62 485.64 900");
  }
});

test("a minute file of another asset than was said is refused", async () => {
  await assert.rejects(
    imported("20131007_aapl_minute_trade.csv", minutes(halfPastNine), { assetPair: "MSFT", timeframe: "1m" }),
    /its name says that it is of AAPL, and --asset says MSFT/,
  );
});

test("prices of cryptocurrencies are as they stand, in UTC", async () => {
  const bars = minutes(0, 8000).replaceAll(",900", ",0.5");
  const { rows } = await imported("20180404_btcusd_minute_trade.csv", bars, {
    assetPair: "BTCUSD",
    timeframe: "1m",
  });
  assert.equal(rows[0], "BTCUSD 2018-04-04T00:00 8000 8200 7900 8100 0.5");
});

const quoteLine = (time: string): string =>
  `${time},1.10001,1.10021,1.09991,1.10011,500,1.10011,1.10031,1.10001,1.10021,700`;

test("bars of bid and ask are refused by name, with LEAN's own name and without it", async () => {
  const named = Array.from({ length: 12 }, (_, index) => quoteLine(String(index * 60_000))).join("\n");
  await assert.rejects(
    imported("20140501_eurusd_minute_quote.csv", named, { assetPair: "EURUSD", timeframe: "1m" }),
    /it holds quotes of EURUSD.*make one price of the two/,
  );
  const hours = Array.from({ length: 12 }, (_, hour) =>
    quoteLine(`20140501 ${String(hour).padStart(2, "0")}:00`),
  ).join("\n");
  for (const layout of ["lean", "binance", undefined] as const)
    await assert.rejects(
      imported("eurusd.csv", hours, { assetPair: "EURUSD", timeframe: "1h", layout }),
      /it holds quotes.*take the bids by --columns/,
      layout,
    );
  const bids = await imported("eurusd.csv", hours, {
    assetPair: "EURUSD",
    timeframe: "1h",
    timeZone: "UTC",
    columns: { time: 0, open: 1, high: 2, low: 3, close: 4, volume: "none" },
  });
  assert.equal(bids.rows[0], "EURUSD 2014-05-01T00:00 1.10001 1.10021 1.09991 1.10011 null");
});

test("ticks, open interest and options are refused by name", async () => {
  for (const [name, why] of [
    ["20131007_aapl_tick_trade.csv", /it holds ticks of AAPL/],
    ["20131007_es_minute_openinterest_201312_20131220.csv", /the open interest of ES/],
    ["20140606_aapl_minute_trade_american_call_6500000_20140606.csv", /an option on AAPL/],
  ] as const)
    await assert.rejects(imported(name, minutes(halfPastNine), { timeframe: "1m" }), why);
});

test("days of a stock with whole prices are a question", async () => {
  const days = [1, 2, 3, 4].map((day) => `2013100${day} 00:00,485630,486000,485000,485700,1000`).join("\n");
  await assert.rejects(
    imported("aapl.csv", days, { assetPair: "AAPL", timeframe: "1d" }),
    /whole numbers, as LEAN keeps those of stocks.*--layout lean/,
  );
  const { rows } = await imported("aapl.csv", days, { assetPair: "AAPL", timeframe: "1d", layout: "lean" });
  assert.equal(rows[0], "AAPL 2013-10-01T00:00 48.563 48.6 48.5 48.57 1000");
});

test("the clock of an index, a future or a broker's currency is a question, as LEAN has one for each", async () => {
  await assert.rejects(
    imported("20210104_spx_minute_trade.csv", minutes(halfPastNine, 3700), {
      assetPair: "^GSPC",
      timeframe: "1m",
    }),
    /its name says that it is of SPX/,
  );
  await assert.rejects(
    imported("20131007_es_minute_trade_201312_20131220.csv", minutes(halfPastNine, 1700), {
      assetPair: "ES=F",
      timeframe: "1m",
    }),
    /name no zone.*--timezone/s,
  );
});

const bars = (month: string, price: number): string =>
  [
    "time,open,high,low,close,volume",
    ...Array.from({ length: 28 }, (_, day) => {
      const date = `2024-${month}-${String(day + 1).padStart(2, "0")}`;
      return `${date},${price},${price + 2},${price - 1},${price + 1},5`;
    }),
  ].join("\n");

test("the files of an archive that lie one behind the other are one series", async () => {
  const archive = zipOf({
    "BTCUSDT-1d-2024-02.csv": bars("02", 100),
    "BTCUSDT-1d-2024-01.csv": bars("01", 90),
  });
  const { rows } = await imported("bars.zip", archive, { assetPair: "BTCUSDT", timeframe: "1d" });
  assert.equal(rows.length, 56);
  assert.equal(rows[0], "BTCUSDT 2024-01-01T00:00 90 92 89 91 5");
});

test("files of several assets, contracts or timeframes in one archive are refused, and nothing comes in", async () => {
  await assertRefused(
    { "BTCUSDT-1d-2024-01.csv": bars("01", 90), "ETHUSDT-1d-2024-02.csv": bars("02", 9) },
    /ETHUSDT-1d-2024-02\.csv: its name says ETHUSDT, and --asset says BTCUSDT/,
  );
  await assertRefused(
    { "a.csv": bars("01", 90), "b.csv": bars("01", 9) },
    /a\.csv and b\.csv both have bars from 2024-01-01T00:00:00Z on/,
  );
});

async function assertRefused(files: Readonly<Record<string, string>>, why: RegExp): Promise<void> {
  const archive = zipOf(files);
  await assert.rejects(imported("bars.zip", archive, { assetPair: "BTCUSDT", timeframe: "1d" }), why);
}

const daysAt = (price: string): string =>
  [4, 5, 6, 7, 8].map((day) => `2024030${day} 00:00,${price},${price},${price},${price},1000`).join("\n");

test("whole prices of any size in LEAN's form, and its minutes under another name, are questions", async () => {
  for (const price of ["100000", "100000.0", "500"])
    await assert.rejects(
      imported("bars.csv", daysAt(price), { assetPair: "AAPL", timeframe: "1d" }),
      /as LEAN keeps those of stocks.*--layout lean/s,
    );
  const numbered = Array.from({ length: 30 }, (_, minute) => `${(570 + minute) * 60_000},500,500,500,500,5`);
  for (const assetPair of ["AAPL", "BTCUSD"])
    await assert.rejects(
      imported("bars.csv", numbered.join("\n"), { assetPair, timeframe: "1m" }),
      /34200000, lie in 1970 to 1972 .*20240304_aapl_minute_trade\.csv/s,
    );
});
