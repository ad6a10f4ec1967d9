// Whatever a provider sends is bars, rows for the dead letter queue, or an error that says what it is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as fc from "fast-check";

import { checkBars } from "../../src/bronze/row-checks.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { createProvider } from "../../src/providers/create-provider.ts";
import { valueLimits } from "../../src/market/value-limits.ts";
import type { BarRequest, MarketDataProvider } from "../../src/providers/provider.ts";
import { ProviderError } from "../../src/providers/provider-error.ts";
import { runsOf, sampled } from "../sampled.ts";
import type { StandIn } from "../stand-in/server.ts";
import { JumpingClock } from "./fake-clock.ts";
import { answer, scriptedServer } from "./scripted-server.ts";

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 5);
const range = { startMs, endMs: startMs + 10 * hourMs };

interface Subject {
  readonly name: "coinbase" | "oanda" | "alpha_vantage";
  readonly request: BarRequest;
  /** An answer with these rows. */
  readonly body: (rows: readonly unknown[]) => unknown;
  /** The row of an hour. */
  readonly row: (hour: number) => unknown;
}

const subjects: readonly Subject[] = [
  {
    name: "coinbase",
    request: { assetPair: AssetPair.parse("BTCUSD"), timeframe: "1h", range },
    body: (rows) => rows,
    row: (hour) => [(startMs + hour * hourMs) / 1000, 1, 4, 2, 3, 0.5],
  },
  {
    name: "oanda",
    request: { assetPair: AssetPair.parse("EURUSD"), timeframe: "1h", range },
    body: (rows) => ({ instrument: "EUR_USD", granularity: "H1", candles: rows }),
    row: (hour) => ({
      complete: true,
      volume: 5,
      time: new Date(startMs + hour * hourMs).toISOString(),
      mid: { o: "2", h: "4", l: "1", c: "3" },
    }),
  },
  {
    name: "alpha_vantage",
    request: { assetPair: AssetPair.parse("BTCUSD"), timeframe: "1h", range },
    body: (rows) => ({
      "Meta Data": { "6. Time Zone": "UTC" },
      "Time Series Crypto (60min)": Object.fromEntries(
        rows.map((row, index) => [
          new Date(startMs + index * hourMs).toISOString().slice(0, 19).replace("T", " "),
          row,
        ]),
      ),
    }),
    row: () => ({ "1. open": "2", "2. high": "4", "3. low": "1", "4. close": "3", "5. volume": "5" }),
  },
];

let server: StandIn;
before(async () => {
  server = await scriptedServer(answer(200, "{}"));
});
after(() => server.close());

function open(name: Subject["name"]): MarketDataProvider {
  return createProvider(name, {
    baseUrl: server.url,
    credentials: { OANDA_API_TOKEN: "oanda-token-123", ALPHA_VANTAGE_API_KEY: "ALPHAKEY12345" },
    clock: new JumpingClock(startMs + 20 * hourMs),
    random: () => 0,
    requestsPerSecond: Number.POSITIVE_INFINITY,
    settings: name === "alpha_vantage" ? { plan: 75 } : {},
  });
}

/** Every row of the answer is a candle or rejected with a reason; what is no answer is an error with a next step. */
async function survives({ name, request }: Subject, body: string): Promise<string> {
  server.intercept = () => answer(200, body);
  const provider = open(name);
  try {
    const page = await provider.fetchBars(request);
    const { candles, rejected } = checkBars(page, request.timeframe, range, valueLimits(request.assetPair));
    assert.equal(candles.length + rejected.length, page.bars.length, "nothing is lost");
    for (const { openTimeMs } of candles) assert.ok(openTimeMs % hourMs === 0);
    for (const { reason } of rejected) assert.notEqual(reason, "");
    return "bars";
  } catch (error) {
    assert.ok(error instanceof ProviderError, String(error));
    assert.notEqual(error.nextStep, "");
    return error.code;
  } finally {
    await provider.close();
  }
}

const oddValue = fc.oneof(
  fc.constantFrom("NaN", "Infinity", "-0", "1e400", "", " 1", "1,5", "0x10", "١", null, true, [], {}, [[]]),
  fc.double(),
  fc.bigInt().map(String),
  fc.string(),
  fc.jsonValue(),
);

for (const subject of subjects) {
  test(`${subject.name}: any text and any JSON`, async () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify(subject.body([value]))),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => void (await survives(subject, text))),
      { numRuns: runsOf(20, 200) },
    );
  });

  test(`${subject.name}: rows in which something is odd, missing, twice, elsewhere or in another order`, async () => {
    const rows = fc.array(
      fc.record({
        hour: fc.integer({ min: -3, max: 14 }),
        place: fc.nat({ max: 6 }),
        value: oddValue,
        isOdd: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const all = given.map(({ hour, place, value, isOdd }) =>
          isOdd ? altered(subject.row(hour), place, value) : subject.row(hour),
        );
        await survives(subject, JSON.stringify(subject.body(all)));
      }),
      { numRuns: runsOf(30, 300) },
    );
  });

  test(`${subject.name}: an answer that stops anywhere`, async () => {
    const whole = JSON.stringify(subject.body([0, 1, 2, 3].map(subject.row)));
    for (let length = 0; length < whole.length; length += 7)
      assert.notEqual(await survives(subject, whole.slice(0, length)), "bars", `${length} characters`);
    assert.equal(await survives(subject, whole), "bars");
  });
}

for (const subject of sampled("large answers", subjects, 1)) {
  test(`${subject.name}: ten megabytes of rubbish, of depth, of rows, and more than can be right`, async () => {
    assert.equal(await survives(subject, "<html>".repeat(1_700_000)), "MALFORMED_RESPONSE");
    await survives(subject, `${"[".repeat(5_000_000)}${"]".repeat(5_000_000)}`);
    await survives(
      subject,
      JSON.stringify(subject.body(Array.from({ length: 100_000 }, (_, hour) => subject.row(hour % 10)))),
    );
    assert.equal(await survives(subject, " ".repeat(33 * 1024 * 1024)), "MALFORMED_RESPONSE");
  });
}

/** A row with another value at some place of it; a place that it does not have takes the whole row. */
function altered(row: unknown, place: number, value: unknown): unknown {
  if (Array.isArray(row)) return row.map((one: unknown, index) => (index === place ? value : one));
  if (typeof row !== "object" || row === null) return value;
  const entries = Object.entries(row);
  if (place >= entries.length) return value;
  return Object.fromEntries(entries.map(([name, one], index) => [name, index === place ? value : one]));
}
