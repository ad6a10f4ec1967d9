// How close to a provider's limit its client runs, and that it never runs above it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createProvider } from "../../src/providers/create-provider.ts";
import type { ProviderName } from "../../src/providers/provider.ts";
import { TokenBucket } from "../../src/providers/http/token-bucket.ts";
import { Allowance } from "../stand-in/limits.ts";
import { JumpingClock } from "./fake-clock.ts";

const limits: readonly (readonly [ProviderName, number, number, 75 | 1200 | "free"])[] = [
  ["coinbase", 10, 15, "free"],
  ["oanda", 120, 120, "free"],
  ["alpha_vantage", 1, 1, "free"],
  ["alpha_vantage", 75 / 60, 2, 75],
  ["alpha_vantage", 1200 / 60, 20, 1200],
];

for (const [name, perSecond, burst, plan] of limits) {
  test(`${name} at ${perSecond.toFixed(2)} a second uses 97% of that or more, and is never refused`, async () => {
    const clock = new JumpingClock(Date.UTC(2026, 0, 8));
    const provider = createProvider(name, {
      credentials: { ALPHA_VANTAGE_API_KEY: "key", OANDA_API_TOKEN: "token" },
      clock,
      random: () => 0,
      ...(name === "alpha_vantage" ? { settings: { plan } } : {}),
    });
    await provider.close();
    const rate = provider.capabilities.requestsPerSecond ?? Number.POSITIVE_INFINITY;
    const bucket = new TokenBucket({ clock, ratePerSecond: rate, burst: Math.min(burst, 10) });
    const limit = new Allowance(perSecond, burst);
    const startMs = clock.now();
    let requests = 0;
    for (; clock.now() - startMs < 600_000; requests += 1) {
      await bucket.take();
      assert.ok(limit.take(clock.now()), `request ${requests} was refused`);
    }
    const allowed = (perSecond * (clock.now() - startMs)) / 1000;
    assert.ok(requests / allowed >= 0.97, `${requests} of ${allowed}`);
  });
}

test("a complaint costs a quarter of the rate, success brings it back, and it never falls below an eighth", () => {
  const bucket = new TokenBucket({ clock: new JumpingClock(0), ratePerSecond: 10, burst: 1 });
  bucket.slowDown();
  assert.equal(bucket.ratePerSecond, 7.5);
  for (let times = 0; times < 20; times += 1) bucket.slowDown();
  assert.equal(bucket.ratePerSecond, 10 / 8);
  for (let times = 0; times < 100; times += 1) bucket.speedUp();
  assert.equal(bucket.ratePerSecond, 10);
});

test("requests that were under way together complain once", async () => {
  const clock = new JumpingClock(1000);
  const bucket = new TokenBucket({ clock, ratePerSecond: 10, burst: 1 });
  bucket.slowDown(900);
  for (const takenAtMs of [920, 950, 990]) bucket.slowDown(takenAtMs);
  assert.equal(bucket.ratePerSecond, 7.5);
});

test("where no rate was agreed, a complaint makes one for a while", () => {
  const bucket = new TokenBucket({
    clock: new JumpingClock(0),
    ratePerSecond: Number.POSITIVE_INFINITY,
    burst: 1,
  });
  bucket.slowDown();
  assert.equal(bucket.ratePerSecond, 30);
  for (let times = 0; times < 200; times += 1) bucket.speedUp();
  assert.equal(bucket.ratePerSecond, Number.POSITIVE_INFINITY);
});

/** Sends so many requests one after the other until each is accepted: how long it takes, and how many were refused. */
async function sendAll(
  ratePerSecond: number,
  count: number,
  accepts: (number: number, nowMs: number) => boolean,
): Promise<{ readonly ms: number; readonly refused: number }> {
  const clock = new JumpingClock(0);
  const bucket = new TokenBucket({ clock, ratePerSecond, burst: 1 });
  let [sent, accepted] = [0, 0];
  while (accepted < count) {
    await bucket.take();
    sent += 1;
    if (accepts(sent, clock.now())) {
      accepted += 1;
      bucket.speedUp();
    } else bucket.slowDown();
  }
  return { ms: clock.now(), refused: sent - accepted };
}

for (const rate of [1, 10, 120]) {
  test(`at ${rate} a second, 2% of refusals cost less than an eighth of the time`, async () => {
    const count = 5000;
    const calm = await sendAll(rate, count, () => true);
    const rough = await sendAll(rate, count, (number) => number % 50 !== 0);
    assert.ok(rough.ms / calm.ms < 1.125, `${rough.ms / calm.ms}`);
  });
}

test("a provider that allows half of what was agreed refuses few requests once that is found", async () => {
  const limit = new Allowance(5, 5);
  const { ms, refused } = await sendAll(10, 2000, (_number, nowMs) => limit.take(nowMs));
  assert.ok(refused < 2000 * 0.12, `${refused} refused`);
  assert.ok(ms < 400_000 * 1.15, `${ms} ms`);
});
