// How close to a provider's limit its client runs, and that it never runs above it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createProvider } from "../../src/providers/create-provider.ts";
import type { ProviderName } from "../../src/providers/provider.ts";
import { TokenBucket } from "../../src/providers/token-bucket.ts";
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
      alphaVantagePlan: plan,
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

test("a complaint halves the rate, success brings it back, and it never falls below an eighth", async () => {
  const bucket = new TokenBucket({ clock: new JumpingClock(0), ratePerSecond: 10, burst: 1 });
  bucket.slowDown();
  assert.equal(bucket.ratePerSecond, 5);
  for (let times = 0; times < 10; times += 1) bucket.slowDown();
  assert.equal(bucket.ratePerSecond, 10 / 8);
  for (let times = 0; times < 200; times += 1) bucket.speedUp();
  assert.equal(bucket.ratePerSecond, 10);
});

test("where no rate was agreed, a complaint makes one for a while", () => {
  const bucket = new TokenBucket({
    clock: new JumpingClock(0),
    ratePerSecond: Number.POSITIVE_INFINITY,
    burst: 1,
  });
  bucket.slowDown();
  assert.equal(bucket.ratePerSecond, 20);
  for (let times = 0; times < 200; times += 1) bucket.speedUp();
  assert.equal(bucket.ratePerSecond, Number.POSITIVE_INFINITY);
});
