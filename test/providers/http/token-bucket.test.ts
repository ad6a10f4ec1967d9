import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { TokenBucket } from "../../../src/providers/http/token-bucket.ts";
import { JumpingClock, SteppedClock } from "../fake-clock.ts";

/** Starts takes and notes, in order, at which time each got its turn. */
function startTakes(bucket: TokenBucket, clock: SteppedClock, count: number): string[] {
  const turns: string[] = [];
  for (let index = 0; index < count; index++) {
    void bucket.take().then(() => turns.push(`${index}@${clock.now()}`));
  }
  return turns;
}

test("a burst goes at once, the rest at the rate and in order", async () => {
  const clock = new SteppedClock();
  const turns = startTakes(new TokenBucket({ clock, ratePerSecond: 10, burst: 2 }), clock, 5);
  await setImmediate();
  assert.deepEqual(turns, ["0@0", "1@0"]);
  for (let step = 0; step < 4; step++) await clock.advance(100);
  assert.deepEqual(turns, ["0@0", "1@0", "2@100", "3@200", "4@300"]);
});

test("a pause earns a burst again, and no more than one", async () => {
  const clock = new JumpingClock(0);
  const bucket = new TokenBucket({ clock, ratePerSecond: 10, burst: 3 });
  await clock.sleep(3_600_000);
  for (let index = 0; index < 5; index++) await bucket.take();
  assert.deepEqual(clock.sleepsMs, [3_600_000, 100, 100]);
});

test("in the long run the rate is kept", async () => {
  const clock = new JumpingClock(0);
  const bucket = new TokenBucket({ clock, ratePerSecond: 9.8, burst: 10 });
  for (let index = 0; index < 990; index++) await bucket.take();
  assert.ok(clock.now() >= 100_000 && clock.now() < 101_000, `${clock.now()} ms`);
});

test("without a limit nobody waits", async () => {
  const clock = new JumpingClock(0);
  const bucket = new TokenBucket({ clock, ratePerSecond: Number.POSITIVE_INFINITY, burst: 1 });
  for (let index = 0; index < 100; index++) await bucket.take();
  assert.deepEqual(clock.sleepsMs, []);
});

test("a wait can be aborted", async () => {
  const clock = new SteppedClock();
  const bucket = new TokenBucket({ clock, ratePerSecond: 1, burst: 1 });
  await bucket.take();
  const controller = new AbortController();
  const waiting = bucket.take(controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(bucket.take(AbortSignal.abort(new Error("already"))), /already/);
});

test("the number of those who wait is bounded", async () => {
  const clock = new SteppedClock();
  const bucket = new TokenBucket({ clock, ratePerSecond: 1, burst: 1, waitingMax: 2 });
  const turns = startTakes(bucket, clock, 3);
  await assert.rejects(bucket.take(), /2 requests wait .* already/);
  for (let step = 0; step < 3; step++) await clock.advance(1000);
  assert.deepEqual(turns, ["0@0", "1@1000", "2@2000"]);
});

test("a clock that is set back does not stop the flow", async () => {
  let nowMs = 1_000_000;
  const sleepsMs: number[] = [];
  const clock = { now: () => nowMs, sleep: async (ms: number) => void sleepsMs.push(ms) };
  const bucket = new TokenBucket({ clock, ratePerSecond: 1, burst: 1 });
  await bucket.take();
  nowMs = 0;
  await bucket.take();
  assert.deepEqual(sleepsMs, [1000]);
});

test("a rate that lets nothing through is refused", () => {
  const clock = new JumpingClock(0);
  assert.throws(() => new TokenBucket({ clock, ratePerSecond: 0, burst: 1 }), RangeError);
  assert.throws(() => new TokenBucket({ clock, ratePerSecond: 1, burst: 0 }), RangeError);
});
