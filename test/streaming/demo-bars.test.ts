import assert from "node:assert/strict";
import { test } from "node:test";

import { AssetPair } from "../../src/market/asset-pair.ts";
import type { Trade } from "../../src/market/trade.ts";
import { DemoPath } from "../../src/providers/demo/demo-path.ts";
import type { Clock } from "../../src/seams/clock.ts";
import { preparedStream } from "../../src/streaming/job/prepared-stream.ts";
import { usualSettings } from "../../src/streaming/run/stream-run.ts";
import { DemoSource } from "../../src/streaming/source/demo-source.ts";
import { BarsWriter } from "../../src/streaming/trade-bars/bars-writer.ts";
import { TradeBars } from "../../src/streaming/trade-bars/trade-bars.ts";
import type { StreamWriter, WriteOutcome, WriteRequest } from "../../src/streaming/write/stream-writer.ts";
import { TradeWriter } from "../../src/streaming/write/trade-writer.ts";
import { StreamBench } from "./support/stream-bench.ts";

const minuteMs = 60_000;
const start = "2026-03-04T12:00:30Z";
const pair = AssetPair.parse("BTCUSD");

/** The source's short pauses are what moves it, and it stands while something is written. */
class PacedClock implements Clock {
  #nowMs: number;
  #writing: Promise<unknown> = Promise.resolve();
  readonly #sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (durationMs > 250) {
      await new Promise<void>((wake, stop) => {
        this.#sleepers.add({ dueMs: this.#nowMs + durationMs, wake });
        signal?.addEventListener("abort", () => stop(new Error("woken")), { once: true });
      });
      return;
    }
    await new Promise(setImmediate);
    await this.#writing;
    this.#nowMs += durationMs;
    for (const sleeper of this.#sleepers)
      if (sleeper.dueMs <= this.#nowMs) {
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
  }

  async whileStanding<Result>(work: Promise<Result>): Promise<Result> {
    this.#writing = work.catch(() => undefined);
    return work;
  }
}

/** Runs the demo stream until some time has passed. */
async function runDemo({ lake, deadLetters }: StreamBench, clock: PacedClock, forMs: number): Promise<void> {
  const stop = new AbortController();
  const target = { lake, deadLetters, clock, job: "demo", ingestionId: "one" };
  const bars = new TradeBars({ ...target, partitionPolicy: "by_timeframe" });
  const writer: StreamWriter<Trade> = new BarsWriter(new TradeWriter(target), bars);
  const stream = preparedStream(
    {
      name: "demo",
      source: new DemoSource({ assetPairs: [pair], seed: 42, clock }),
      decode: ({ value }: { readonly value: Trade }) => ({ kind: "row", row: value }),
      writer: {
        tables: writer.tables,
        readProgress: async (identity) => writer.readProgress(identity),
        begin: async (identity, moves) => writer.begin(identity, moves),
        write: async (identity, request: WriteRequest<Trade>): Promise<WriteOutcome> =>
          clock.whileStanding(writer.write(identity, request)),
      },
    },
    { ...usualSettings, start: { kind: "latest" } },
    { ...target, partitionPolicy: "by_timeframe" },
  );
  const endMs = clock.now() + forMs;
  await stream.run({
    signal: stop.signal,
    onBatch() {
      if (clock.now() >= endMs) stop.abort();
    },
  });
}

test("the demo's bars are those of its provider, each within 15 s of its close, whatever starts are in between", async () => {
  await using bench = new StreamBench();
  const clock = new PacedClock(Date.parse(start));
  for (const minutes of [3, 2, 2]) await runDemo(bench, clock, minutes * minuteMs);
  const scan = await bench.lake.readTable({ tableName: "raw_market_data_1m", orderBy: "timestamp" });
  const rows = await scan.rows();
  const path = new DemoPath(pair, 42);
  const firstMs = Date.parse(start) + minuteMs / 2;
  const [{ priceDecimals, volumeDecimals }, expected] = [
    path.market,
    [...path.bars("1m", { startMs: firstMs, endMs: firstMs + rows.length * minuteMs })],
  ];
  assert.ok(rows.length >= 6, String(rows.length));
  assert.deepEqual(
    rows.map((row) => [
      row["timestamp"],
      ...["open", "high", "low", "close"].map((name) => Math.round(Number(row[name]) * 10 ** priceDecimals)),
      Math.round(Number(row["volume"]) * 10 ** volumeDecimals),
    ]),
    expected.map(({ openTimeMs, open, high, low, close, volume }) => [
      new Date(openTimeMs),
      open,
      high,
      low,
      close,
      volume,
    ]),
  );
  for (const row of rows) {
    const [opened, extracted] = [row["timestamp"], row["_extracted_at"]].map((value) =>
      value instanceof Date ? value.getTime() : Number.NaN,
    );
    const latencyMs = (extracted ?? 0) - (opened ?? 0) - minuteMs;
    assert.ok(latencyMs >= 0 && latencyMs <= 15_000, String(latencyMs));
  }
});
