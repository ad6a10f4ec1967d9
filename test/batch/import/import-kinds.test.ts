// Files of candles as people have them: what each kind comes in as, and what is asked where two readings fit.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { CompressionType, compressionRegistry, tableFromArrays, tableToIPC } from "apache-arrow";

import type { ImportRequest } from "../../../src/index.ts";
import { unpackLz4Frame } from "../../../src/batch/import/lz4-frame.ts";
import { imported, zipOf } from "./import-workshop.ts";
import type { Imported } from "./import-workshop.ts";
import { sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

interface Case {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly request?: Partial<ImportRequest>;
}

async function store({ name, content, request = {} }: Case): Promise<Imported> {
  return imported(name, content, { assetPair: "BTCUSD", ...request });
}

const usual = [
  "BTCUSD 2024-03-13T00:00 100 101.5 99.5 100.5 5",
  "BTCUSD 2024-03-13T01:00 101 102.5 100.5 101.5 6",
];
const ohlcv = ["100,101.5,99.5,100.5,5", "101,102.5,100.5,101.5,6"];
const lines = (first: string, second: string, header = "time,open,high,low,close,volume"): string =>
  `${header}\n${first},${ohlcv[0]}\n${second},${ohlcv[1]}\n`;
const plain = lines("2024-03-13 00:00", "2024-03-13 01:00");
const seconds = Date.UTC(2024, 2, 13) / 1000;

const usualCases: readonly Case[] = [
  { name: "packed-without-a-telling-name", content: gzipSync(plain) },
  { name: "packed.dat", content: zstdCompressSync(plain) },
  { name: "packed-twice.gz", content: gzipSync(gzipSync(plain)) },
  { name: "packed-inside.zip", content: zipOf({ "BTCUSD-1h.csv.gz": gzipSync(plain) }) },
  { name: "bars.zip", content: zipOf({ "BTCUSD-1h.csv": plain }) },
  { name: "little.csv", content: utf16(plain, false) },
  { name: "big.csv", content: utf16(plain, true) },
  { name: "dots.csv", content: lines("2024.03.13 00:00", "2024.03.13 01:00") },
  { name: "slashes.csv", content: lines("2024/3/13 0:00", "2024/3/13 1:00") },
  { name: "compact.csv", content: lines("20240313 00:00:00", "20240313 01:00:00") },
  { name: "compact-whole.csv", content: lines("20240313000000", "20240313010000") },
  { name: "day-first.csv", content: lines("13/03/2024 00:00", "13/03/2024 01:00") },
  { name: "month-first.csv", content: lines("03/13/2024 12:00 AM", "03/13/2024 1:00 AM") },
  { name: "half-days.csv", content: lines("2024-03-13 12-AM", "2024-03-13 01-AM") },
  { name: "month-names.csv", content: lines("13 Mar 2024 00:00", "13 Mar 2024 01:00") },
  { name: "offset.csv", content: lines("2024-03-12 19:00:00-0500", "2024-03-12 20:00:00-0500") },
  {
    name: "named-zone.csv",
    content: lines("13.03.2024 01:00:00.000 GMT+0100", "13.03.2024 02:00:00.000 GMT+0100"),
  },
  ...[1, 1e3, 1e6, 1e9].map((unit) => ({
    name: `epoch-${unit}.csv`,
    content: lines(String(BigInt(seconds) * BigInt(unit)), String(BigInt(seconds + 3600) * BigInt(unit))),
  })),
  { name: "semicolons.csv", content: plain.replaceAll(",", ";").replaceAll(".", ",") },
  { name: "tabs.txt", content: plain.replaceAll(",", "\t") },
  { name: "trailing.csv", content: plain.replaceAll(/(\d)$/gm, "$1,") },
  {
    name: "empty-columns.csv",
    content: plain.replaceAll(/$(?=\n)/gm, ",,").replace("volume,,", "volume,note,"),
  },
  { name: "quoted.csv", content: plain.replaceAll(/[^,\n]+/g, '"$&"') },
  { name: "currency.csv", content: plain.replaceAll(/,(\d+)/g, ",$$$1") },
  { name: "two-columns.csv", content: plain.replaceAll(/^(\S+) /gm, "$1,").replace("time", "Date,Time") },
  {
    name: "clocks-as-numbers.csv",
    content: plain
      .replaceAll(/^2024-03-13 0(\d):00/gm, (_, hour) => `20240313,${Number(hour) * 10000}`)
      .replace("time", "<DTYYYYMMDD>,<TIME>"),
  },
  { name: "index.csv", content: plain.replace("time", "") },
  {
    name: "prefixed.csv",
    content: plain.replaceAll(
      /(open|high|low|close|volume)/gi,
      (name) => `BTC.${name[0]?.toUpperCase()}${name.slice(1)}`,
    ),
  },
  {
    name: "yfinance.csv",
    content: plain.replace(
      /.*\n/,
      "Price,Open,High,Low,Close,Volume\nTicker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD\nDatetime,,,,,\n",
    ),
  },
  {
    name: "headless-binance.csv",
    content: ohlcv
      .map(
        (row, hour) =>
          `${(seconds + hour * 3600) * 1000},${row},${(seconds + hour * 3600) * 1000 + 3599999},1,7,1,1,0\n`,
      )
      .join(""),
  },
  {
    name: "headless-coinbase.json",
    content: JSON.stringify([
      [seconds + 3600, 100.5, 102.5, 101, 101.5, 6],
      [seconds, 99.5, 101.5, 100, 100.5, 5],
    ]),
  },
  {
    name: "ccxt.json",
    content: JSON.stringify([
      [seconds * 1e3, 100, 101.5, 99.5, 100.5, 5],
      [(seconds + 3600) * 1e3, 101, 102.5, 100.5, 101.5, 6],
    ]),
  },
  {
    name: "kraken.json",
    content: JSON.stringify({
      error: [],
      result: {
        XXBTZUSD: [
          [seconds, "100", "101.5", "99.5", "100.5", "100.1", "5", 3],
          [seconds + 3600, "101", "102.5", "100.5", "101.5", "101.2", "6", 3],
        ],
        last: seconds,
      },
    }),
  },
  {
    name: "advanced.json",
    content: JSON.stringify({
      candles: [1, 0].map((hour) => ({
        start: String(seconds + hour * 3600),
        open: String(100 + hour),
        high: `${101 + hour}.5`,
        low: `${99 + hour}.5`,
        close: `${100 + hour}.5`,
        volume: String(5 + hour),
      })),
    }),
  },
  {
    name: "columns.json",
    content: JSON.stringify({
      s: "ok",
      t: [seconds, seconds + 3600],
      o: [100, 101],
      h: [101.5, 102.5],
      l: [99.5, 100.5],
      c: [100.5, 101.5],
      v: [5, 6],
    }),
  },
  {
    name: "lines.ndjson",
    content: [0, 1]
      .map((hour) =>
        JSON.stringify({
          t: (seconds + hour * 3600) * 1e3,
          o: 100 + hour,
          h: 101.5 + hour,
          l: 99.5 + hour,
          c: 100.5 + hour,
          v: 5 + hour,
        }),
      )
      .join("\n"),
  },
  {
    name: "by-place.csv",
    content: plain
      .split("\n")
      .slice(1)
      .map((line) => line.replace(/^([^,]*),([^,]*),(.*)$/, "x,$1,$3,$2"))
      .join("\n")
      .trim(),
    request: { columns: { time: 1, high: 2, low: 3, close: 4, volume: 5, open: 6 } },
  },
  { name: "feather", content: featherOf() },
];

for (const one of usualCases) {
  test(`${one.name} comes in exactly`, async () => {
    const { rows, result } = await store(one);
    assert.deepEqual(rows, usual);
    assert.deepEqual([result.rowsRejected, result.readings.length], [0, 1]);
  });
}

const questions: readonly (readonly [string, string, RegExp, Partial<ImportRequest>?])[] = [
  [
    "a day that may be a month",
    lines("03/04/2024", "04/04/2024"),
    /03\/04\/2024 is 2024-04-03 .*or 2024-03-04 .*--time-format %d\/%m\/%Y/,
    { timeframe: "1d" },
  ],
  ["a short year", lines("10/11/12", "11/11/12"), /two ways.*--time-format/, { timeframe: "1d" }],
  [
    "a comma that may part thousands",
    plain
      .replaceAll(/,/g, "\t")
      .replaceAll(/(\d+)\.5/g, "$1,500")
      .replaceAll(/\t(100|101)\t/g, "\t$1,000\t"),
    /100,000 is 100000 or 100\.000.*--decimal/,
  ],
  [
    "the clocks of a stock",
    plain,
    /2024-03-13T01:00:00Z|2024-03-13T04:00:00Z if the clocks are New York's.*--timezone America\/New_York/,
    { assetPair: "AAPL" },
  ],
  [
    "an order of columns that nobody knows",
    plain
      .split("\n")
      .slice(1)
      .join("\n")
      .replaceAll(/$(?=\n)/gm, ",1,2,3"),
    /--columns 0=time/,
  ],
  [
    "another symbol than the file's",
    plain.replaceAll(/^([^,]*),/gm, "$1,ETH/USD,").replace("ETH/USD", "symbol"),
    /symbol ETH\/USD is not BTCUSD \(2\)/,
  ],
  [
    "times in no known form",
    lines("yesterday", "today"),
    /times cannot be read, such as "yesterday".*--time-format/,
  ],
];

for (const [what, content, message, request] of questions) {
  test(`${what} is a question, and nothing is written`, async () => {
    await assert.rejects(store({ name: "bars.csv", content, request: request ?? {} }), {
      code: "INVALID_ARGUMENT",
      message,
    });
  });
}

test("what is asked is answered by a flag", async () => {
  const content = lines("03/04/2024", "04/04/2024");
  const days = async (timeFormat: string): Promise<readonly string[]> => {
    const { rows } = await store({ name: "bars.csv", content, request: { timeframe: "1d", timeFormat } });
    return rows.map((row) => row.slice(7, 17));
  };
  assert.deepEqual(await days("%d/%m/%Y"), ["2024-04-03", "2024-04-04"]);
  assert.deepEqual(await days("%m/%d/%Y"), ["2024-03-04", "2024-04-04"]);
});

function barsAt(times: readonly string[]): string {
  return ["time,open,high,low,close,volume", ...times.map((time) => `${time},1,2,1,2,5`)].join("\n");
}

test("local times come in at their instants, also in the hour that comes twice; one that never is, is a dead letter", async () => {
  const request = { timeZone: "America/New_York" };
  const times = ["2024-11-03 00:00", "2024-11-03 01:00", "2024-11-03 01:00", "2024-11-03 02:00"];
  const autumn = await store({ name: "autumn.csv", content: barsAt(times), request });
  assert.deepEqual(
    autumn.rows.map((row) => row.slice(7, 23)),
    ["2024-11-03T04:00", "2024-11-03T05:00", "2024-11-03T06:00", "2024-11-03T07:00"],
  );
  const once = await store({
    name: "once.csv",
    content: barsAt(["2024-11-03 00:00", "2024-11-03 01:00", "2024-11-03 02:00"]),
    request,
  });
  assert.match([...once.result.reasons.keys()].join(), /comes twice in America\/New_York/);
  assert.equal(once.rows.length, 2);
  const spring = await store({
    name: "spring.csv",
    content: barsAt(["2024-03-10 01:00", "2024-03-10 02:00", "2024-03-10 03:00"]),
    request,
  });
  assert.match([...spring.result.reasons.keys()].join(), /no such time in America\/New_York/);
  assert.deepEqual(
    spring.rows.map((row) => row.slice(7, 23)),
    ["2024-03-10T06:00", "2024-03-10T07:00"],
  );
});

test("bars lie on the grid of their market: a stock's hours from 09:30, days by their label", async () => {
  const hours = await store({
    name: "hours.csv",
    content: lines("2024-03-04 09:30:00-05:00", "2024-03-04 10:30:00-05:00"),
    request: { assetPair: "AAPL" },
  });
  assert.deepEqual(
    hours.rows.map((row) => row.slice(5, 21)),
    ["2024-03-04T14:30", "2024-03-04T15:30"],
  );
  for (const [assetPair, first, second] of [
    ["AAPL", "2024-03-04 00:00:00-05:00", "2024-03-05 00:00:00-05:00"],
    ["AAPL", "1709528400", "1709614800"],
    ["1398.HK", "2024-03-04 00:00:00+08:00", "2024-03-05 00:00:00+08:00"],
    ["EURUSD", "2024-03-03T22:00:00Z", "2024-03-04T22:00:00Z"],
  ] as const) {
    const { rows, result } = await store({
      name: "days.csv",
      content: lines(first, second),
      request: { assetPair, timeframe: "1d" },
    });
    assert.deepEqual(
      rows.map((row) => row.split(" ")[1]),
      ["2024-03-04T00:00", "2024-03-05T00:00"],
      first,
    );
    assert.match(result.readings[0]?.notes.join() ?? "", /is the bar of 2024-03-04/);
  }
  const coin = store({
    name: "days.csv",
    content: lines("2024-03-03T22:00:00Z", "2024-03-04T22:00:00Z"),
    request: { timeframe: "1d" },
  });
  await assert.rejects(coin, { message: /not on the 1d grid/ });
});

test("a file of several symbols goes to the series that it names", async () => {
  const content = `time,ticker,open,high,low,close,volume
2024-03-13T00:00Z,BTC/USD,100,101.5,99.5,100.5,5
2024-03-13T00:00Z,ETH-USD,10,11.5,9.5,10.5,7
2024-03-13T01:00Z,BTC/USD,101,102.5,100.5,101.5,6
`;
  const { rows, result } = await store({ name: "two.csv", content, request: { assetPair: undefined } });
  assert.deepEqual(rows, [...usual, "ETHUSD 2024-03-13T00:00 10 11.5 9.5 10.5 7"]);
  assert.deepEqual(
    result.series.map((one) => [one.assetPair.canonical, one.rowsIngested]),
    [
      ["BTCUSD", 2],
      ["ETHUSD", 1],
    ],
  );
  await assert.rejects(store({ name: "none.csv", content: plain, request: { assetPair: undefined } }), {
    message: /--asset BTCUSD/,
  });
});

function oandaBar(hour: number, complete: boolean): unknown {
  return {
    complete,
    volume: 5,
    time: `2024-03-13T0${hour}:00:00Z`,
    mid: { o: "1.1", h: "1.2", l: "1.0", c: "1.15" },
  };
}

test("a bar that was not over when the file was written, and one of a finer timeframe, are no bars", async () => {
  const oanda = JSON.stringify({
    instrument: "EUR_USD",
    granularity: "H1",
    candles: [oandaBar(0, true), oandaBar(1, false)],
  });
  const { rows, result } = await store({
    name: "oanda.json",
    content: oanda,
    request: { assetPair: undefined },
  });
  assert.deepEqual(rows, ["EURUSD 2024-03-13T00:00 1.1 1.2 1 1.15 5"]);
  assert.deepEqual([...result.reasons.keys()], ["bar not complete yet"]);
  const fine = store({ name: "fine.csv", content: lines("2024-03-13 00:00", "2024-03-13 00:05") });
  await assert.rejects(fine, { message: /5 minutes apart.*--timeframe 1h/ });
});

test("an archive whose check sum is another one is an error, and so is a damaged LZ4 frame", async () => {
  const archive = zipOf({ "bars.csv": plain });
  archive[14] = (archive[14] ?? 0) ^ 1;
  const central = archive.indexOf(Buffer.from("PK\u0001\u0002"));
  archive[central + 16] = (archive[central + 16] ?? 0) ^ 1;
  await assert.rejects(store({ name: "bars.zip", content: archive }), {
    code: "INVALID_ARGUMENT",
    message: /check sum/,
  });
  // "abcd" and then five bytes from four before: "abcda".
  const block = [0x41, 0x61, 0x62, 0x63, 0x64, 4, 0, 0x10, 0x65];
  const frame = Uint8Array.from([
    4,
    34,
    77,
    24,
    0x60,
    0x40,
    0x82,
    block.length,
    0,
    0,
    0,
    ...block,
    0,
    0,
    0,
    0,
  ]);
  assert.equal(Buffer.from(unpackLz4Frame(frame)).toString(), "abcdabcdae");
  for (let length = 0; length < frame.length; length += 1)
    assert.throws(() => unpackLz4Frame(frame.subarray(0, length)), /LZ4/);
  frame[16] = 9;
  assert.throws(() => unpackLz4Frame(frame), /LZ4/);
});

function utf16(text: string, isBigEndian: boolean): Uint8Array {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return isBigEndian ? bytes.swap16() : bytes;
}

/** Feather as pandas writes it, but for blocks that are kept as they are in their LZ4 frames. */
function featherOf(): Uint8Array {
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    encode: (bytes) => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE((bytes.length | 0x80_00_00_00) >>> 0);
      const header = Buffer.from([4, 34, 77, 24, 0x60, 0x40, 0x82]);
      return bytes.length === 0
        ? Buffer.concat([header, Buffer.alloc(4)])
        : Buffer.concat([header, size, bytes, Buffer.alloc(4)]);
    },
    decode: unpackLz4Frame,
  });
  const table = tableFromArrays({
    date: [new Date(seconds * 1000), new Date((seconds + 3600) * 1000)],
    open: Float64Array.from([100, 101]),
    high: Float32Array.from([101.5, 102.5]),
    low: Float64Array.from([99.5, 100.5]),
    close: Float64Array.from([100.5, 101.5]),
    volume: Int32Array.from([5, 6]),
  });
  return tableToIPC(table, "file");
}

test("days of futures are their trading days, by midnight of New York or Chicago or by the evening before", async () => {
  const winter = Date.UTC(2024, 0, 9);
  const summer = Date.UTC(2024, 6, 9);
  const hour = 3_600_000;
  for (const label of [
    (day: number) => new Date(day).toISOString().slice(0, 10),
    (day: number) => String((day + (day === winter ? 5 : 4) * hour) / 1000),
    (day: number) => String((day + (day === winter ? 6 : 5) * hour) / 1000),
    (day: number) => String((day - (day === winter ? 1 : 2) * hour) / 1000),
    (day: number) =>
      `${new Date(day - 24 * hour).toISOString().slice(0, 10)} 18:00:00-0${day === winter ? 5 : 4}:00`,
  ]) {
    const { rows } = await store({
      name: "futures.csv",
      content: lines(label(winter), label(summer)),
      request: { assetPair: "ES=F", timeframe: "1d" },
    });
    assert.deepEqual(
      rows.map((row) => row.slice(0, 20)),
      ["ES.FUTURE 2024-01-09", "ES.FUTURE 2024-07-09"],
    );
  }
});

test("names that an exchange has of its own, or that the configuration gives, are read and said", async () => {
  const header = "time,open,high,low,close,volume,pair";
  const bars = (symbol: string): string =>
    [header, `2024-03-13 00:00,${ohlcv[0]},${symbol}`, `2024-03-13 01:00,${ohlcv[1]},${symbol}`].join("\n");
  for (const symbol of ["XBTUSD", "XXBTZUSD", "XBT/USD"]) {
    for (const assetPair of ["BTCUSD", undefined]) {
      const { rows, result } = await store({
        name: "bars.csv",
        content: bars(symbol),
        request: { assetPair },
      });
      assert.deepEqual(rows, usual);
      assert.match(result.readings[0]?.notes.join() ?? "", new RegExp(`${symbol} is read as BTCUSD`));
    }
  }
  const own = await store({
    name: "bars.csv",
    content: bars("XBTUSD"),
    request: { assetPair: "XBTUSD" },
  });
  assert.deepEqual([own.rows.length, own.result.readings[0]?.notes], [2, []]);
  const said = await store({
    name: "bars.csv",
    content: bars("luna-usd"),
    request: { assetPair: undefined, spellings: new Map([["LUNA-USD", "LUNCUSD"]]) },
  });
  assert.equal(said.rows[0], usual[0]?.replace("BTCUSD", "LUNCUSD"));
  assert.match(
    said.result.readings[0]?.notes.join() ?? "",
    /luna-usd is read as LUNCUSD, as symbols in the conf/,
  );
});

test("times of day that lost their zeros are read in one way, by all of the file", async () => {
  const request: Partial<ImportRequest> = { assetPair: "BTCUSD", timeframe: "1m" };
  const expected = Array.from({ length: 90 }, (_, minute) =>
    new Date(Date.UTC(2024, 2, 13, 0, minute)).toISOString().slice(0, 16),
  );
  for (const secondsFactor of [1, 100]) {
    const records = expected.map((_, minute) => {
      const clock = (Math.floor(minute / 60) * 100 + (minute % 60)) * secondsFactor;
      return `20240313,${clock},1,2,1,2,5`;
    });
    const text = ["Date,Time,Open,High,Low,Close,Volume", ...records].join("\n");
    const { rows } = await imported("bars.csv", text, request);
    assert.deepEqual(
      rows.map((row) => row.split(" ")[1]),
      expected,
    );
  }
});

test("days of a spreadsheet are a question that names the format, by which they are read", async () => {
  const content = lines("45364.0000000000", "45364.0416666667");
  await assert.rejects(store({ name: "sheet.csv", content }), {
    code: "INVALID_ARGUMENT",
    message: /as days of a spreadsheet, 45364\.0000000000 is 2024-03-13\. Say --time-format excel, or/,
  });
  const { rows } = await store({ name: "sheet.csv", content, request: { timeFormat: "excel" } });
  assert.deepEqual(rows, usual);
});

test("an archive in an archive is refused by name", async () => {
  const content = zipOf({ "inner.zip": zipOf({ "a.csv": plain }) });
  await assert.rejects(store({ name: "outer.zip", content }), {
    message: /outer\.zip\/inner\.zip cannot be read: it is an archive in an archive/,
  });
});
