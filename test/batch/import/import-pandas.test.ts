// What pandas writes: indexes with and without names, names of two levels, and its orientations of JSON.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { imported } from "./import-workshop.ts";
import { sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

const hours = [0, 1, 2, 3];
const timeOf = (hour: number): string => `2024-03-13 0${hour}:00:00+00:00`;
const names = ["Open", "High", "Low", "Close", "Volume"] as const;
const symbols = ["BTC-USD", "ETH-USD"] as const;
const valuesOf = (hour: number, symbol = 0): readonly number[] => {
  const open = 100 - 50 * symbol + hour;
  return [open, open + 1.5, open - 0.5, open + 0.5, 5 + hour];
};
const stored = (asset: string, symbol: number): readonly string[] =>
  hours.map((hour) => `${asset} 2024-03-13T0${hour}:00 ${valuesOf(hour, symbol).join(" ")}`);
const one = stored("BTCUSD", 0);
const both = [...one, ...stored("ETHUSD", 1)];
const asked = { assetPair: "BTCUSD", timeframe: "1h" } as const;
const unasked = { assetPair: undefined, timeframe: "1h" } as const;

function csv(header: readonly (readonly string[])[], lineOf: (hour: number) => readonly unknown[]): string {
  return [...header, ...hours.map(lineOf)].map((cells) => cells.join(",")).join("\n");
}

test("an index of times is read whatever it is called, and one that counts the rows is none", async () => {
  for (const name of ["", "index", "Unnamed: 0", "level_0", "__index_level_0__", "Datetime"]) {
    const content = csv([[name, ...names]], (hour) => [timeOf(hour), ...valuesOf(hour)]);
    assert.deepEqual((await imported("bars.csv", content, asked)).rows, one, name);
  }
  const counted = csv([["", "index", ...names]], (hour) => [hour, timeOf(hour), ...valuesOf(hour)]);
  assert.deepEqual((await imported("bars.csv", counted, asked)).rows, one);
  const without = csv([["", ...names]], (hour) => [hour, ...valuesOf(hour)]);
  await assert.rejects(imported("bars.csv", without, asked), /which column is the time/);
});

test("an index of two levels gives the symbol and the time", async () => {
  for (const header of [
    ["", ""],
    ["level_0", "level_1"],
    ["__index_level_0__", "__index_level_1__"],
  ]) {
    const lines = [0, 1].flatMap((symbol) =>
      hours.map((hour) => [symbols[symbol], timeOf(hour), ...valuesOf(hour, symbol)].join(",")),
    );
    const content = [[...header, ...names].join(","), ...lines].join("\n");
    assert.deepEqual((await imported("bars.csv", content, unasked)).rows, both);
  }
});

function wideLine(hour: number): readonly unknown[] {
  return [timeOf(hour), ...valuesOf(hour), ...valuesOf(hour, 1)];
}

test("two lines of names make a series of each symbol, in either order and with a line for the index or without", async () => {
  const twice = [...names, ...names];
  const tickers = [...names.map(() => symbols[0]), ...names.map(() => symbols[1])];
  const index = ["Datetime", ...twice.map(() => "")];
  for (const header of [
    [["Price", ...twice], ["Ticker", ...tickers], index],
    [["Ticker", ...tickers], ["Price", ...twice], index],
    [["Attributes", ...twice], ["Symbols", ...tickers], index],
    [["", ...twice], ["", ...tickers], index],
    [
      ["", ...twice],
      ["", ...tickers],
    ],
    [
      ["Datetime", ...twice],
      ["", ...tickers],
    ],
  ])
    assert.deepEqual((await imported("bars.csv", csv(header, wideLine), unasked)).rows, both);
  const ofOne = csv(
    [
      ["Datetime", ...names],
      ["", ...names.map(() => "BTC-USD")],
    ],
    (hour) => [timeOf(hour), ...valuesOf(hour)],
  );
  for (const request of [asked, unasked])
    assert.deepEqual((await imported("bars.csv", ofOne, request)).rows, one);
  await assert.rejects(
    imported("bars.csv", ofOne, { ...asked, assetPair: "ETHUSD" }),
    /holds candles of BTC-USD/,
  );
});

test("a bar that one symbol of a frame lacks is no row of it", async () => {
  const header = [
    ["", ...names, ...names],
    ["", ...names.map(() => "BTC-USD"), ...names.map(() => "ETH-USD")],
  ];
  const content = csv(header, (hour) => [
    timeOf(hour),
    ...(hour === 2 ? names.map(() => "") : valuesOf(hour)),
    ...valuesOf(hour, 1),
  ]);
  const { rows, result } = await imported("bars.csv", content, unasked);
  assert.deepEqual([rows.length, result.rowsRejected], [7, 0]);
});

const epoch = (hour: number): number => Date.UTC(2024, 2, 13, hour);

function column(place: number, symbol = 0): Record<string, number | undefined> {
  return Object.fromEntries(hours.map((hour) => [epoch(hour), valuesOf(hour, symbol)[place]]));
}

test("every orientation of a frame's JSON comes in, of one level of names and of two", async () => {
  const record = (hour: number): Record<string, number | undefined> =>
    Object.fromEntries(names.map((name, place) => [name, valuesOf(hour)[place]]));
  const fields = [
    { name: "index", type: "datetime", tz: "UTC" },
    ...names.map((name) => ({ name, type: "number" })),
  ];
  for (const frame of [
    { columns: names, index: hours.map(epoch), data: hours.map((hour) => valuesOf(hour)) },
    {
      schema: { fields, primaryKey: ["index"], pandas_version: "1.4.0" },
      data: hours.map((hour) => ({ index: new Date(epoch(hour)).toISOString(), ...record(hour) })),
    },
    hours.map((hour) => ({ Datetime: epoch(hour), ...record(hour) })),
    Object.fromEntries(hours.map((hour) => [epoch(hour), record(hour)])),
    Object.fromEntries(names.map((name, place) => [name, column(place)])),
  ])
    assert.deepEqual((await imported("bars.json", JSON.stringify(frame), asked)).rows, one);
  const pairs = symbols.flatMap((symbol, at) => names.map((name, place) => ({ name, symbol, at, place })));
  for (const frame of [
    {
      columns: pairs.map(({ name, symbol }) => [name, symbol]),
      index: hours.map(epoch),
      data: hours.map((hour) => pairs.map(({ at, place }) => valuesOf(hour, at)[place])),
    },
    Object.fromEntries(
      pairs.map(({ name, symbol, at, place }) => [`('${name}', '${symbol}')`, column(place, at)]),
    ),
    {
      columns: names,
      index: symbols.flatMap((symbol) => hours.map((hour) => [symbol, epoch(hour)])),
      data: symbols.flatMap((_, at) => hours.map((hour) => valuesOf(hour, at))),
    },
  ])
    assert.deepEqual((await imported("bars.json", JSON.stringify(frame), unasked)).rows, both);
});
