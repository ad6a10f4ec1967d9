import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { after, test } from "node:test";

import type { BackfillRequest } from "../../../src/batch/backfill-request.ts";

import { failureText } from "../../../src/cli/backfill/series-failures.ts";
import { parseInstant } from "../../../src/market/time-range.ts";
import type { TimeRange } from "../../../src/market/time-range.ts";
import { DemoProvider } from "../../../src/providers/demo/demo.ts";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import type { MarketDataProvider } from "../../../src/providers/provider.ts";
import { sampled } from "../../sampled.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { bound } from "../altered-provider.ts";
import { crashAt } from "../crash-at.ts";
import { marketRows, openWorkshop, pairs, sharedEngine, testNowMs } from "../workshop.ts";
import type { Workshop } from "../workshop.ts";

after(() => sharedEngine.close());

const table = "raw_market_data_5m";
/** Too far from each other to be asked for in one request. */
const barsBetween = 260;
const barMs = 300_000;
const gapCount = 20;
const missing = gapsFrom("2025-01-20", gapCount);
const startMs = parseInstant("2025-01-20");

function gapsFrom(start: string, count: number): TimeRange[] {
  return Array.from({ length: count }, (_, index) => {
    const openTimeMs = parseInstant(start) + (index + 1) * barsBetween * barMs;
    return { startMs: openTimeMs, endMs: openTimeMs + barMs };
  });
}

/** The bars about some gaps. */
function historyOf(gaps: readonly TimeRange[]): BackfillRequest {
  const [first, last] = [gaps[0], gaps.at(-1)];
  assert.ok(first !== undefined && last !== undefined);
  return {
    assetPairs: pairs("BTCUSD"),
    timeframes: ["5m"],
    range: { startMs: first.startMs - barsBetween * barMs, endMs: last.endMs + barMs },
    provider: "demo",
  };
}

function isWithin({ startMs: from, endMs }: TimeRange, openTimeMs: number): boolean {
  return openTimeMs >= from && openTimeMs < endMs;
}

/** The demo provider without some bars; it counts its requests, and calls back before each. */
function lacking(
  ranges: readonly TimeRange[],
  beforeRequest: (count: number) => void = () => {},
): MarketDataProvider & { requests: number } {
  const demo = new DemoProvider({ clock: { now: () => testNowMs, sleep: async () => {} }, seed: 7 });
  const provider = {
    ...bound(demo),
    requests: 0,
    async fetchBars(...args: Parameters<MarketDataProvider["fetchBars"]>) {
      provider.requests += 1;
      beforeRequest(provider.requests);
      const page = await demo.fetchBars(...args);
      const bars = page.bars.filter(({ openTimeMs = 0 }) => !ranges.some((one) => isWithin(one, openTimeMs)));
      return { ...page, bars };
    },
  };
  return provider;
}

const original = new TemporaryFolder();
after(() => original[Symbol.dispose]());
await openWorkshop({ root: original.path, provider: lacking(missing) }).ingester.backfill(historyOf(missing));

function copyHistory(root: string): void {
  cpSync(original.path, root, { recursive: true });
}

async function versionOf({ lake }: Workshop): Promise<number> {
  return (await lake.table(table).snapshot()).version;
}

async function openGaps({ ingester }: Workshop): Promise<number> {
  const [report] = await ingester.findGaps();
  return report?.gaps.filter(({ isConfirmed }) => !isConfirmed).length ?? 0;
}

test("a repair of many gaps makes one commit, whether or not the provider has the bars by now", async () => {
  using folder = new TemporaryFolder();
  copyHistory(folder.path);
  const stillMissing = missing.slice(0, 8);
  const workshop = openWorkshop({ root: folder.path, provider: lacking(stillMissing) });
  const before = await versionOf(workshop);
  assert.equal(await openGaps(workshop), gapCount);

  const repaired = await workshop.ingester.repairGaps({ provider: "demo" });
  assert.equal(repaired.series[0]?.rowsIngested, gapCount - 8);
  assert.equal(await versionOf(workshop), before + 1);
  assert.equal(await openGaps(workshop), 0);
  const [report] = await workshop.ingester.findGaps();
  assert.deepEqual(
    report?.gaps.map(({ range: { startMs: from, endMs } }) => ({ startMs: from, endMs })),
    stillMissing,
  );
});

test("gaps beyond what one commit takes go into the next one", async () => {
  using folder = new TemporaryFolder();
  const many = gapsFrom("2025-01-01", 260);
  const { ingester, lake } = openWorkshop({ root: folder.path, provider: lacking(many) });
  await ingester.backfill(historyOf(many));
  const { version } = await lake.table(table).snapshot();
  const workshop = openWorkshop({ root: folder.path, provider: lacking([]) });
  await workshop.ingester.repairGaps({ provider: "demo" });
  assert.deepEqual([await versionOf(workshop), await openGaps(workshop)], [version + 2, 0]);
});

const refusal = {
  code: "BAD_REQUEST",
  provider: "demo",
  message: "not today",
  nextStep: "Try again tomorrow.",
  transient: false,
} as const;

test("a repair that fails in the middle keeps what came; the next one asks for the rest alone", async () => {
  using folder = new TemporaryFolder();
  copyHistory(folder.path);
  const provider = lacking([], (count) => {
    if (count > 7) throw new ProviderError(refusal);
  });
  const failing = openWorkshop({ root: folder.path, provider });
  const { series } = await failing.ingester.repairGaps({ provider: "demo" });
  assert.ok(series[0]?.failure instanceof ProviderError);
  assert.deepEqual([series[0]?.rowsIngested, await openGaps(failing)], [7, gapCount - 7]);

  const again = lacking([]);
  const workshop = openWorkshop({ root: folder.path, provider: again });
  await workshop.ingester.repairGaps({ provider: "demo" });
  assert.deepEqual([again.requests, await openGaps(workshop)], [gapCount - 7, 0]);
});

test("a failed repair to which no bar came says that its answers are remembered", async () => {
  using folder = new TemporaryFolder();
  copyHistory(folder.path);
  const provider = lacking(missing, (count) => {
    if (count > 7) throw new ProviderError(refusal);
  });
  const workshop = openWorkshop({ root: folder.path, provider });
  const { series } = await workshop.ingester.repairGaps({ provider: "demo" });
  assert.equal(await openGaps(workshop), gapCount - 7);
  assert.match(failureText(series, 0), /No row is new; what was asked for so far is remembered\./);
});

test("a repair that is stopped keeps what came; the next one asks for the rest alone", async () => {
  using folder = new TemporaryFolder();
  copyHistory(folder.path);
  const stop = new AbortController();
  const provider = lacking([], (count) => {
    if (count === 10) stop.abort(new Error("stopped by the user"));
  });
  const stopped = openWorkshop({ root: folder.path, provider });
  const { series } = await stopped.ingester.repairGaps({ provider: "demo", signal: stop.signal });
  const kept = series[0]?.rowsIngested ?? 0;
  assert.ok(kept > 0 && kept < gapCount, `${kept} rows`);
  assert.equal(await openGaps(stopped), gapCount - kept);

  const again = lacking([]);
  const workshop = openWorkshop({ root: folder.path, provider: again });
  await workshop.ingester.repairGaps({ provider: "demo" });
  assert.deepEqual([again.requests, await openGaps(workshop)], [gapCount - kept, 0]);
});

/** A second goes by with each look at the clock's time, so that a run commits several times. */
function slowWorkshop(root: string, crash: ReturnType<typeof crashAt>): Workshop {
  let nowMs = testNowMs;
  return openWorkshop({
    root,
    provider: lacking([]),
    fileSystem: crash.fileSystem,
    clock: { now: () => (nowMs += 250), sleep: async () => {} },
  });
}

test("a repair that is killed at any change of the disk loses no commit and repeats no bar", async () => {
  using whole = new TemporaryFolder();
  copyHistory(whole.path);
  const watched = crashAt(undefined, "before");
  const clean = slowWorkshop(whole.path, watched);
  await clean.ingester.repairGaps({ provider: "demo" });
  const version = await versionOf(clean);
  assert.ok(version > 2, `one commit alone would show nothing: ${version}`);
  const rows = await marketRows(clean.lake, table);

  const changes = Array.from({ length: watched.calls() }, (_, index) => index + 1);
  for (const change of sampled("killed repair", changes, 3)) {
    using folder = new TemporaryFolder();
    copyHistory(folder.path);
    const crash = crashAt(change, change % 2 === 0 ? "before" : "after");
    await slowWorkshop(folder.path, crash)
      .ingester.repairGaps({ provider: "demo" })
      .catch(() => undefined);
    assert.ok(crash.hasCrashed());

    const provider = lacking([]);
    const workshop = openWorkshop({ root: folder.path, provider });
    const left = await openGaps(workshop);
    await workshop.ingester.repairGaps({ provider: "demo" });
    assert.deepEqual([provider.requests, await openGaps(workshop)], [left, 0], `killed at change ${change}`);
    assert.deepEqual(await marketRows(workshop.lake, table), rows, `killed at change ${change}`);
  }
});

test("bars rejected on both sides of what was fetched before are not taken for one stretch", async () => {
  using folder = new TemporaryFolder();
  const [before, middle, behind] = [0, 10, 20].map((from) => ({
    startMs: startMs + from * barMs,
    endMs: startMs + (from + 10) * barMs,
  }));
  assert.ok(before !== undefined && middle !== undefined && behind !== undefined);
  const spoilt = [
    { startMs: before.endMs - 3 * barMs, endMs: before.endMs },
    { startMs: behind.startMs, endMs: behind.startMs + 3 * barMs },
  ];
  const demo = lacking([]);
  const provider: MarketDataProvider = {
    ...demo,
    async fetchBars(request, signal) {
      const page = await demo.fetchBars(request, signal);
      const bars = page.bars.map((bar) =>
        spoilt.some((one) => isWithin(one, bar.openTimeMs ?? 0))
          ? { ...bar, high: bar.low, low: bar.high }
          : bar,
      );
      return { ...page, bars };
    },
  };
  const { ingester } = openWorkshop({ root: folder.path, provider });
  await ingester.backfill({ ...historyOf(missing), range: middle });
  const { series } = await ingester.backfill({
    ...historyOf(missing),
    range: { startMs: before.startMs, endMs: behind.endMs },
  });
  assert.deepEqual([series[0]?.rowsRejected, series[0]?.rejectedRanges], [6, []]);
});
