import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import * as fc from "fast-check";
import { deltaEvents } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import { isWhole, runsOf } from "../sampled.ts";
import { arrivals } from "./support/arrivals.ts";
import { keyOf } from "./support/bronze-bar.ts";
import type { BronzeBar } from "./support/bronze-bar.ts";
import { BuiltInDesk } from "./support/built-in-desk.ts";
import { plainEnriched } from "./support/plain-enriched.ts";
import type { EnrichedRow } from "./support/plain-enriched.ts";

const runs = runsOf(1, 20);
const enriched = ["+market_data_enriched"];
const wanted = "SELECT * FROM market_data_enriched ORDER BY asset_pair, timeframe, timestamp";

test("bars that come in parts, in any order, give the rows of a full run, bit for bit, and those of the plain model", async (t) => {
  await fc.assert(
    fc.asyncProperty(arrivals(isWhole ? 3000 : 600), async (parts) => {
      const desk = await BuiltInDesk.open(t);
      await desk.run("seed", []);
      for (const [index, part] of parts.entries()) {
        await desk.add(part);
        // What the seeds give stays as it is.
        await desk.run("run", index === 0 ? enriched : ["market_data_enriched"]);
      }
      const rows = await desk.rows(wanted);
      assert.deepEqual(rows, await rowsOfFullRun(t, parts.flat()));
      assertPlain(rows, plainEnriched(parts.flat()));
      const again = await desk.run("run", ["market_data_enriched"]);
      assert.match(again[0]?.message ?? "", /nothing to commit/);
    }),
    { numRuns: runs },
  );
});

async function rowsOfFullRun(
  t: TestContext,
  bars: Parameters<BuiltInDesk["add"]>[0],
): Promise<readonly Row[]> {
  const desk = await BuiltInDesk.open(t);
  await desk.run("seed", []);
  await desk.add(bars);
  await desk.run("run", enriched);
  return desk.rows(wanted);
}

function assertPlain(rows: readonly Row[], expected: ReadonlyMap<string, EnrichedRow>): void {
  assert.equal(rows.length, expected.size);
  for (const row of rows) {
    const { timeframe, timestamp } = row;
    const key = `${String(row["asset_pair"])} ${String(timeframe)} ${Number(timestamp)}`;
    const plain = expected.get(key);
    assert.ok(plain !== undefined, key);
    assert.equal(key, keyOf(plain.bar));
    assert.equal(row["source_provider"], plain.bar.provider, key);
    assert.equal(Number(row["provider_count"]), plain.provider_count, key);
    assert.equal(Number(row["bar_seq"]), plain.bar_seq, key);
    assert.equal(numberOrNull(row["gap_bars_before"]), plain.gap_bars_before, `${key} gap`);
    assert.equal(row["obv"] === null ? null : unscaled(row["obv"]), plain.obv, `${key} obv`);
    for (const name of ["regime", "regime_direction", "engine_regime", "trend_direction"] as const)
      assert.equal(row[name], plain[name], `${key} ${name}`);
    for (const [column, value] of Object.entries(plain.doubles)) {
      if (!(column in row)) continue;
      assertClose(row[column], value, `${key} ${column}`);
    }
    for (const name of ["trend_strength", "signal_strength"] as const)
      assertClose(row[name], plain[name], `${key} ${name}`);
  }
}

function assertClose(found: unknown, expected: number, what: string): void {
  if (Number.isNaN(expected)) assert.equal(found, null, what);
  else
    assert.ok(
      Math.abs(Number(found) - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
      `${what}: ${String(found)} is not ${expected}`,
    );
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}

function unscaled(value: unknown): bigint {
  assert.ok(typeof value === "string");
  return BigInt(value.replace(".", ""));
}

test("an incremental run reads from the last saved state of its series on, and gives the rows of a full run", async (t) => {
  const minute = 60_000;
  const start = Date.parse("2026-03-02T00:00:00Z");
  const bar = (assetPair: string, timeframe: "1m" | "1h", at: number, extracted: number): BronzeBar => {
    const price = 100_00000000n + BigInt((at * 7919) % 997) * 1_000000n;
    return {
      assetPair,
      timeframe,
      openTimeMs: start + at * (timeframe === "1m" ? minute : 60 * minute),
      open: price,
      high: price + 2_00000000n,
      low: price - 1_00000000n,
      close: price + BigInt(at % 3) * 50000000n,
      volume: BigInt(1 + (at % 11)) * 100000000n,
      provider: "coinbase",
      isMock: false,
      extractedAtMs: start + extracted * 24 * 60 * minute,
    };
  };
  const withoutLate = numbersBelow(1100).filter((at) => at !== 1060);
  const first = [
    ...withoutLate.map((at) => bar("BTC-USD", "1m", at, 1)),
    ...numbersBelow(5).map((at) => bar("BTC-USD", "1h", at, 1)),
  ];
  const laterBars: readonly (readonly BronzeBar[])[] = [
    [bar("BTC-USD", "1m", 1100, 2), bar("BTC-USD", "1h", 5, 2)],
    [bar("BTC-USD", "1m", 1060, 3)],
    // Its state lies further back than is looked.
    [bar("BTC-USD", "1m", 20_000, 4)],
    [bar("ETH-USD", "1m", 1101, 5)],
    [],
  ];
  const queries: string[] = [];
  t.after(deltaEvents.sql.subscribe(({ sql }) => queries.push(sql)));
  const desk = await BuiltInDesk.open(t);
  await desk.run("seed", []);
  await desk.add(first);
  await desk.run("run", enriched);
  const readsFromTheState = (): boolean =>
    queries.some((query) => query.includes("__volume") && query.includes("2026-03-02 17:03:00+00"));
  const found: boolean[] = [];
  for (const later of laterBars) {
    queries.length = 0;
    await desk.add(later);
    await desk.run("run", ["market_data_enriched"]);
    found.push(readsFromTheState());
  }
  // The state of bar 1,023: the first bars lie a minute apart.
  assert.deepEqual(found, [true, true, false, false, false]);
  const all = [...first, ...laterBars.flat()];
  assert.deepEqual(await desk.rows(wanted), await rowsOfFullRun(t, all));
});

function numbersBelow(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at);
}
