// What a batch adds to a series is decided without a disk.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Transaction } from "finance-feedback-delta";

import { proposeBatch } from "../../src/bronze/batch-proposal.ts";
import type { BatchProposal, CandleBatch, StoredSeries } from "../../src/bronze/batch-proposal.ts";
import { readCoverage } from "../../src/bronze/coverage.ts";
import { valuesOf } from "../../src/bronze/revisions.ts";
import { readWatermark } from "../../src/bronze/watermark.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { unionOf } from "../../src/market/range-set.ts";

const assetPair = AssetPair.parse("BTCUSD");
const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 1);
const settings = {
  assetPair,
  timeframe: "1h",
  ingestionId: "test",
  partitionPolicy: "by_timeframe",
  nowMs: Date.UTC(2026, 5, 1),
  confirms: false,
} as const;

/** A table as a proposal sees it, and what a commit does to it. */
class ModelTable {
  readonly #entries = new Map<string, Transaction>();
  readonly #values = new Map<number, string>();
  #version = -1;

  get stored(): StoredSeries {
    if (this.#version < 0) return { progress: undefined, values: new Map() };
    return {
      progress: {
        version: this.#version,
        transactions: [...this.#entries.values()],
        transaction: (appId) => this.#entries.get(appId),
      },
      values: new Map(this.#values),
    };
  }

  commit(batch: CandleBatch, { commit }: BatchProposal): void {
    if (commit === undefined) return;
    this.#version += 1;
    for (const entry of commit.transactions) this.#entries.set(entry.appId, entry);
    for (const { candle } of batch.rows) this.#values.set(candle.openTimeMs, valuesOf(candle));
  }
}

function rowsOf(commit: BatchProposal["commit"]): number {
  return commit !== undefined && "columns" in commit.rows ? commit.rows.columns.rowCount : 0;
}

/** The hours from one to another, each with the same prices, all of them covered. */
function batchOf(firstHour: number, hours: number, price: number): CandleBatch {
  const range = { startMs: startMs + firstHour * hourMs, endMs: startMs + (firstHour + hours) * hourMs };
  const scaled = BigInt(price) * 100_000_000n;
  return {
    provider: "coinbase",
    isMock: false,
    sourceTimeframe: "1h",
    covered: [range],
    rows: Array.from({ length: hours }, (_, hour) => ({
      candle: {
        openTimeMs: range.startMs + hour * hourMs,
        open: scaled,
        high: scaled,
        low: scaled,
        close: scaled,
        volume: null,
      },
      sourceFile: "test",
    })),
    rejected: [],
  };
}

const batches = fc.array(
  fc
    .record({
      firstHour: fc.integer({ min: 0, max: 40 }),
      hours: fc.integer({ min: 1, max: 12 }),
      price: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ firstHour, hours, price }) => batchOf(firstHour, hours, price)),
  { minLength: 1, maxLength: 8 },
);

test("in whatever order batches come, all that they cover is covered, and none is needed twice", () => {
  fc.assert(
    fc.property(batches, (all) => {
      const table = new ModelTable();
      for (const batch of all) {
        table.commit(batch, proposeBatch(batch, table.stored, settings));
        const again = proposeBatch(batch, table.stored, settings);
        assert.equal(again.commit, undefined);
        assert.deepEqual([again.rowsIngested, again.rowsUnchanged], [0, batch.rows.length]);
      }
      const { progress } = table.stored;
      const covered = unionOf(all.flatMap((batch) => batch.covered));
      assert.deepEqual(readCoverage(progress, assetPair, false).ranges, covered);
      const lastMs = Math.max(...covered.map(({ endMs }) => endMs)) - hourMs;
      assert.equal(readWatermark(progress, assetPair, false), lastMs);
    }),
  );
});

test("rows are new, revised or there already, each in one way", () => {
  fc.assert(
    fc.property(batches, (all) => {
      const table = new ModelTable();
      const newest = new Map<number, string>();
      for (const batch of all) {
        const proposal = proposeBatch(batch, table.stored, settings);
        const opens = batch.rows.map(({ candle }) => [candle.openTimeMs, valuesOf(candle)] as const);
        const same = opens.filter(([open, values]) => newest.get(open) === values).length;
        const fresh = opens.filter(([open]) => !newest.has(open)).length;
        assert.equal(proposal.rowsUnchanged, same);
        assert.equal(proposal.rowsIngested, opens.length - same);
        assert.equal(proposal.rowsRevised, opens.length - same - fresh);
        assert.equal(rowsOf(proposal.commit), proposal.rowsIngested);
        table.commit(batch, proposal);
        for (const [open, values] of opens) newest.set(open, values);
      }
    }),
  );
});

test("every commit changes the watermark's entry, also one that lies before it", () => {
  const table = new ModelTable();
  for (const batch of [batchOf(20, 5, 1), batchOf(0, 5, 1)]) {
    const proposal = proposeBatch(batch, table.stored, settings);
    const appId = "ffe.watermark/BTCUSD";
    assert.equal(proposal.commit?.guards[0]?.appId, appId);
    assert.deepEqual(proposal.commit.guards[0]?.seen, table.stored.progress?.transaction(appId));
    const entry = proposal.commit.transactions.find((one) => one.appId === appId);
    assert.equal(entry?.version, startMs + 24 * hourMs);
    table.commit(batch, proposal);
  }
});

test("rejected rows alone are a proposal without a commit", () => {
  const row = { openTimeMs: startMs, reason: "high < low", open: "1", high: "1", low: "2", close: "1" };
  const rejected = [{ ...row, volume: null, sourceFile: "test", raw: {} }];
  const batch = { ...batchOf(0, 1, 1), rows: [], covered: [], rejected };
  const proposal = proposeBatch(batch, new ModelTable().stored, { ...settings, confirms: true });
  assert.equal(proposal.commit, undefined);
  assert.deepEqual(proposal.rejected.rows, rejected);
});
