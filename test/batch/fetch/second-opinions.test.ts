// An answer without a bar holds for the provider that gave it: another one may have what it lacks.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { BatchDataIngester } from "../../../src/batch/batch-data-ingester.ts";
import type { BackfillRequest } from "../../../src/batch/backfill-request.ts";
import { DeadLetterQueue } from "../../../src/dead-letters/dead-letter-queue.ts";
import { parseInstant } from "../../../src/market/time-range.ts";
import { DemoProvider } from "../../../src/providers/demo/demo.ts";
import type { MarketDataProvider, ProviderName } from "../../../src/providers/provider.ts";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import { DeltaLakeManager } from "../../../src/storage/delta-lake-manager.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { bound } from "../altered-provider.ts";
import { pairs, range, sharedEngine, testClock } from "../workshop.ts";

after(() => sharedEngine.close());

const year: BackfillRequest = {
  assetPairs: pairs("BTCUSD"),
  timeframes: ["1h"],
  range: range("2025-01-01", "2025-07-01"),
};
const listed = parseInstant("2025-03-15T07:00:00Z");
const hoursBefore = 24 * (31 + 28 + 14) + 7;
const hours = 24 * 181;

interface Source {
  /** Its first bar. */
  readonly sinceMs?: number;
  /** Bars that it has not. */
  readonly isSilent?: (openTimeMs: number) => boolean;
  readonly isDown?: boolean;
}

/** A provider of a name with bars from an instant on, that notes what it is asked. */
function source(
  name: ProviderName,
  { sinceMs = 0, isSilent = () => false, isDown = false }: Source,
  asked: string[],
): MarketDataProvider {
  const demo = new DemoProvider({ clock: testClock, seed: 7, dirtyRows: false });
  return {
    ...bound(demo),
    name,
    isMock: false,
    capabilities: { ...demo.capabilities, barsPerRequestMax: 300 },
    async fetchBars(request, signal) {
      asked.push(name);
      if (isDown)
        throw new ProviderError({
          code: "QUOTA_EXHAUSTED",
          provider: name,
          message: "The quota is used up.",
          nextStep: "Wait.",
          transient: false,
        });
      const page = await demo.fetchBars(request, signal);
      const bars = page.bars.filter(({ openTimeMs = 0 }) => openTimeMs >= sinceMs && !isSilent(openTimeMs));
      return { ...page, bars };
    },
  };
}

function isNight(openTimeMs: number): boolean {
  return (openTimeMs / 3_600_000) % 24 < 8;
}

interface Run {
  readonly rows: number | undefined;
  readonly failure: unknown;
  readonly asked: readonly string[];
  readonly notes: string;
}

function lakeOf(
  root: string,
  sources: Partial<Record<ProviderName, Source>>,
): (request?: Partial<BackfillRequest>) => Promise<Run> {
  const asked: string[] = [];
  const lake = new DeltaLakeManager({ storagePath: root, engine: sharedEngine });
  const ingester = new BatchDataIngester(lake, {
    deadLetters: new DeadLetterQueue(`${root}/dlq`),
    clock: testClock,
    fallbackChain: ["alpha_vantage", "coinbase"],
    createProvider: (name) => source(name, sources[name] ?? {}, asked),
  });
  return async (request) => {
    asked.length = 0;
    const { series } = await ingester.backfill({ ...year, ...request });
    const [one] = series;
    return {
      rows: one?.rowsIngested,
      failure: one?.failure,
      asked: [...new Set(asked)],
      notes: [...(one?.plan.notes ?? []), ...(one?.warnings ?? [])].join("\n"),
    };
  };
}

test("a provider that is named is asked for what another one answered without a bar, once", async () => {
  using folder = new TemporaryFolder();
  const run = lakeOf(folder.path, { coinbase: { sinceMs: listed } });
  assert.equal((await run({ provider: "coinbase" })).rows, hours - hoursBefore);
  assert.deepEqual((await run({ provider: "coinbase" })).asked, [], "its own answer holds for it");
  const other = await run({ provider: "alpha_vantage" });
  assert.equal(other.rows, hoursBefore);
  assert.match(other.notes, /2025-01-01T00:00:00Z to 2025-03-15T07:00:00Z was answered without a bar/);
  assert.deepEqual((await run({ provider: "alpha_vantage" })).asked, []);
  assert.deepEqual((await run({ provider: "oanda" })).asked, [], "there are bars now");
});

test("a chain goes on to the next provider in the same run, and is satisfied when none has anything", async () => {
  using folder = new TemporaryFolder();
  const run = lakeOf(folder.path, {
    alpha_vantage: { sinceMs: listed },
    coinbase: { sinceMs: parseInstant("2025-02-01") },
  });
  const first = await run({ provider: "auto" });
  assert.deepEqual([first.rows, first.failure], [hours - 31 * 24, undefined]);
  assert.deepEqual(first.asked, ["alpha_vantage", "coinbase"]);
  assert.deepEqual((await run({ provider: "auto" })).asked, []);
  const third = await run({ provider: "oanda" });
  assert.equal(third.rows, 31 * 24, "who was not asked yet has the rest");
  assert.deepEqual((await run({ provider: "coinbase" })).asked, []);
});

test("a second opinion that fails fails no run, and the next run asks for it", async () => {
  using folder = new TemporaryFolder();
  const down = lakeOf(folder.path, { alpha_vantage: { sinceMs: listed }, coinbase: { isDown: true } });
  const first = await down({ provider: "auto" });
  assert.deepEqual([first.rows, first.failure], [hours - hoursBefore, undefined]);
  assert.match(first.notes, /quota is used up.*next run/i);
  const up = lakeOf(folder.path, { alpha_vantage: { sinceMs: listed } });
  const second = await up({ provider: "auto" });
  assert.deepEqual([second.rows, second.asked], [hoursBefore, ["coinbase"]]);
});

test("a provider that was named and fails for it fails the run", async () => {
  using folder = new TemporaryFolder();
  const run = lakeOf(folder.path, { coinbase: { sinceMs: listed }, oanda: { isDown: true } });
  await run({ provider: "coinbase" });
  const named = await run({ provider: "oanda" });
  assert.ok(named.failure instanceof ProviderError && named.failure.code === "QUOTA_EXHAUSTED");
});

test("quiet hours within an answer are the market's, and no other provider is asked for them", async () => {
  using folder = new TemporaryFolder();
  const run = lakeOf(folder.path, { coinbase: { isSilent: isNight } });
  await run({ provider: "coinbase" });
  assert.deepEqual((await run({ provider: "alpha_vantage" })).asked, []);
});

test("a range that its own provider sends after all is asked of no other", async () => {
  using folder = new TemporaryFolder();
  await lakeOf(folder.path, { coinbase: { sinceMs: listed } })({ provider: "coinbase" });
  const mended = await lakeOf(folder.path, {})({ provider: "coinbase", force: true });
  assert.equal(mended.rows, hoursBefore);
  assert.deepEqual((await lakeOf(folder.path, {})({ provider: "alpha_vantage" })).asked, []);
});
