// What a caller without types gets wrong is refused by every public method, by name and with the nearest right one.
import assert from "node:assert/strict";
import { test } from "node:test";

import { inspect } from "node:util";

import * as fc from "fast-check";

import * as deltaEntry from "finance-feedback-delta";

import * as mainEntry from "../../src/index.ts";
import {
  AlphaVantageProvider,
  AssetPair,
  BatchDataIngester,
  createProvider,
  DeadLetterQueue,
  DeltaLakeManager,
  LakehouseError,
  loadConfig,
  OandaProvider,
} from "../../src/index.ts";
import { ingester, lake, table } from "./fixtures.ts";
import { ordered } from "./arguments-walked.ts";
import { subjects } from "./options-walked.ts";
import { constructing, errorOf, method, mistakesOf, optionsWith, wrongValues } from "./walk.ts";
import type { Ordered } from "./walk.ts";

for (const subject of subjects) {
  test(`${subject.name} refuses options that are misspelt, missing or of a wrong type (${Object.keys(subject.options).join(", ")})`, async () => {
    await fc.assert(
      fc.asyncProperty(mistakesOf(subject), async (mistake) => {
        const given = optionsWith(subject, mistake);
        const error = await errorOf(() => subject.call(...(subject.leading ?? []), given));
        assert.ok(error instanceof LakehouseError, `${inspect(mistake)}: ${String(error)}`);
        assert.equal(error.name, subject.error, error.message);
        assert.equal(error.code, "INVALID_ARGUMENT", error.message);
        assert.ok(error.message.includes(mistake.option), `${error.message} names ${mistake.option}`);
        if (mistake.kind === "misspelt") assert.match(error.message, /Did you mean/);
      }),
      { numRuns: 60 },
    );
  });

  test(`${subject.name} refuses what is no object of options (${Object.keys(subject.options).join(", ")})`, async () => {
    for (const given of [null, "x", 5, [], new Map([["dryRun", true]]), Promise.resolve({})]) {
      const error = await errorOf(() => subject.call(...(subject.leading ?? []), given));
      assert.ok(error instanceof LakehouseError, String(error));
      assert.equal(error.code, "INVALID_ARGUMENT", error.message);
    }
  });
}

for (const { name, given, optional = [], error: errorName, call } of ordered) {
  const names = Object.keys(given);
  const right = names.map((argument) => (optional.includes(argument) ? undefined : given[argument]?.[0]));

  test(`${name}(${names.join(", ")}) refuses arguments that are missing or of a wrong type`, async () => {
    for (const [place, argument] of names.entries()) {
      const missing = optional.includes(argument) ? [] : [undefined];
      for (const wrong of [...missing, ...wrongValues(given[argument] ?? [])]) {
        const error = await errorOf(() => call(...right.with(place, wrong)));
        const what = `${argument} is ${inspect(wrong)}: ${String(error)}`;
        assert.ok(error instanceof LakehouseError, what);
        assert.equal(error.name, errorName, what);
        assert.equal(error.code, "INVALID_ARGUMENT", what);
        assert.ok(error.message.includes(argument), what);
      }
    }
  });

  if (!takesObject(given))
    test(`${name} says that it takes its arguments in order`, async () => {
      const first = Object.fromEntries(names.map((argument) => [argument, given[argument]?.[0]]));
      const error = await errorOf(() => call(first));
      assert.ok(error instanceof LakehouseError, String(error));
      assert.equal(error.code, "INVALID_ARGUMENT", error.message);
    });
}

/** Whose first argument is an object says which of its members are unknown. */
function takesObject(given: Ordered["given"]): boolean {
  const [first = []] = Object.values(given);
  return first.some((value) => typeof value === "object" && value !== null);
}

test("who gives arguments as one object reads their order", () => {
  const tries: readonly (readonly [work: () => unknown, message: RegExp])[] = [
    [
      () => method(mainEntry, "resample")({ candles: [], to: "1h", coverage: { startMs: 0, endMs: 1 } }),
      /takes its arguments in order, not as one object\. Did you mean resample\(candles, to, coverage\)\?/,
    ],
    [
      () => method(mainEntry, "timeRange")({ startMs: 0, endMs: 1 }),
      /Did you mean timeRange\(startMs, endMs\)\?/,
    ],
    [() => method(mainEntry, "calendarFor")("BTCUSD"), /Did you mean AssetPair\.parse\("BTCUSD"\)\?/],
    [
      () => method(deltaEntry, "openStore")({ path: "x" }),
      /not \{ path \}\. Did you mean openStore\("x"\)\?/,
    ],
    [() => method(mainEntry, "loadConfig")({ file: "x" }), /Did you mean loadConfig\("x"\)\?/],
    [() => constructing(DeadLetterQueue)({ path: "dlq" }), /Did you mean new DeadLetterQueue\(path\)\?/],
    [
      () => constructing(BatchDataIngester)(lake, loadConfig(undefined, { FFE_CONFIG: "" })),
      /Did you mean loadConfig\(\)\.config\?/,
    ],
    [
      () => constructing(BatchDataIngester)(lake, { providers: { defualt: "coinbase" } }),
      /providers\.defualt: unknown key/,
    ],
    [() => method(AssetPair, "parse")(5), /text is a text, not 5/],
    [() => method(mainEntry, "listWatermarks")(table), /a Snapshot, as await table\.snapshot\(\) gives it/],
    [
      () => method(mainEntry, "resample")([{ openTimeMs: 0, open: "1" }], "1h", { startMs: 0, endMs: 1 }),
      /candles\[0\] needs high and low and close and volume/,
    ],
  ];
  for (const [work, message] of tries) assert.throws(work, message);
});

test("a key is not shown where something else was expected", () => {
  const tries: readonly (() => unknown)[] = [
    () => constructing(AlphaVantageProvider)("s3cret-key"),
    () => constructing(AlphaVantageProvider)({ apiKey: ["s3cret-key"] }),
    () => constructing(OandaProvider)("s3cret-key"),
    () => method(mainEntry, "createProvider")("oanda", "s3cret-key"),
    () => method(mainEntry, "createProvider")("oanda", { credentials: "s3cret-key" }),
    () => method(deltaEntry, "openStore")("s3://bucket/x", { s3: { credentials: "s3cret-key" } }),
  ];
  for (const work of tries)
    assert.throws(work, (error) => error instanceof LakehouseError && !error.message.includes("s3cret"));
});

test("what was refused changed nothing", async () => {
  assert.equal((await table.snapshot()).version, 1);
  assert.equal((await lake.existingTable("silver.numbers").then((own) => own.snapshot())).version, 0);
});

test("the shapes that newcomers tried are refused with the nearest right one", async () => {
  const tries: readonly (readonly [work: () => unknown, message: RegExp])[] = [
    [
      () =>
        method(
          ingester,
          "backfill",
        )({ assetPairs: ["BTCUSD"], timeframes: ["1h"], range: { start: 0, end: 1 } }),
      /range has no option "start", "end"\. Did you mean startMs, endMs\?/,
    ],
    [() => method(ingester, "backfill")({ assetPairs: ["BTCUSD"] }), /backfill needs timeframes/],
    [
      () => method(ingester, "backfill")({ assetPairs: ["BTCUSD"], timeframes: ["1h"] }),
      /backfill needs startDate and endDate/,
    ],
    [
      () => method(lake, "optimizeTable")({ tableName: "silver.numbers", zOrderBy: ["id"] }),
      /no option "zOrderBy"\. Did you mean zorderColumns\?/,
    ],
    [() => method(lake, "readTable")({}), /readTable needs tableName/],
    [() => method(lake, "readTable")("silver.numbers"), /Did you mean \{ tableName: "silver\.numbers" \}\?/],
    [() => constructing(DeltaLakeManager)("x"), /Did you mean \{ storagePath: "x" \}\?/],
    [() => method({ createProvider }, "createProvider")("coinbse"), /Did you mean coinbase\?/],
  ];
  for (const [work, message] of tries) {
    const error = await errorOf(work);
    assert.ok(error instanceof LakehouseError, String(error));
    assert.match(error.message, message);
  }
});

test("an upsert into Bronze is APPEND_ONLY before anything else", async () => {
  for (const more of [{}, { rows: 5 }, { mergeKey: ["id"] }, { rows: [], mergeKeys: ["id"], dryRun: true }])
    for (const name of ["raw_market_data_1h", "bronze.raw_market_data_1h", "bronze.mine"]) {
      const error = await errorOf(() => method(lake, "mergeUpsert")({ tableName: name, ...more }));
      assert.ok(error instanceof LakehouseError, String(error));
      assert.equal(error.code, "APPEND_ONLY");
      assert.match(error.message, /Nothing was changed/);
    }
});
