import assert from "node:assert/strict";
import { test } from "node:test";

import { CrashingFileSystem } from "finance-feedback-delta/testing";
import type { Fault } from "finance-feedback-delta/testing";

import { sampled } from "../sampled.ts";
import { BarsBench, plainBars, provenTo, tradeAt } from "./support/bars-bench.ts";

const endMs = 16 * 60_000;
/** In the order in which they come; the last but two happened long before. */
const trades = [
  ...[0, 100, 400, 700, 890].map((second, index) => tradeAt(index, second * 1000, 10 + index)),
  tradeAt(90, 30_000, 77),
  tradeAt(91, 901_000, 5),
  tradeAt(92, 930_000, 6),
];
const batchSize = 3;

/** As a source does it: from the stored position on, with proofs from the newest trade before it on. */
async function drive(bench: BarsBench): Promise<void> {
  const newestMs = (count: number): number =>
    trades.slice(0, count).reduce((most, { timeUs }) => Math.max(most, timeUs / 1000), startMs) - startMs;
  let position = await bench.position();
  let provenMs = newestMs(position);
  while (position < trades.length) {
    const some = trades.slice(position, position + batchSize);
    const toMs = newestMs(position + some.length);
    await bench.send(some, toMs > provenMs ? [provenTo(toMs, provenMs)] : []);
    position += some.length;
    provenMs = toMs;
  }
  await bench.send([], [provenTo(endMs, provenMs)]);
}

const startMs = (trades[0]?.timeUs ?? 0) / 1000;

async function changesOfRun(): Promise<number> {
  await using bench = new BarsBench();
  const disk = await CrashingFileSystem.over(bench.folder.path);
  bench.reopen(disk);
  await drive(bench);
  return disk.changes;
}

const faults = sampled(
  "faults of the disk under a stream that makes bars",
  Array.from({ length: await changesOfRun() }, (_, index) => index + 1).flatMap((at): Fault[] => [
    { kind: "crash", when: "before", at, counting: "changes" },
    { kind: "crash", when: "after", at, counting: "changes" },
    { kind: "errno", code: "ENOSPC", at, counting: "changes" },
  ]),
  9,
);

for (const fault of faults)
  test(`the bars are those of all trades, after ${JSON.stringify(fault)}`, async () => {
    await using bench = new BarsBench();
    const disk = await CrashingFileSystem.over(bench.folder.path);
    bench.reopen(disk);
    disk.arm(fault);
    await drive(bench).catch(() => undefined);
    assert.notEqual(disk.faultAt, undefined);
    bench.reopen();
    bench.restart();
    await drive(bench);
    for (const timeframe of ["1m", "5m", "15m"] as const)
      assert.deepEqual(
        await bench.bars(timeframe),
        plainBars(
          trades.filter(({ timeUs }) => timeUs / 1000 < startMs + wholeMs[timeframe]),
          timeframe,
        ),
      );
  });

/** The bars that are over by the end. */
const wholeMs = { "1m": endMs, "5m": 15 * 60_000, "15m": 15 * 60_000 };
