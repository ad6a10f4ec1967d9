import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { creditsOf, forecastScoresOf, unattributed } from "./plain-model/attribution.ts";
import type { Vote } from "./plain-model/attribution.ts";

function vote(provider: string, direction: Vote["direction"], weights: Partial<Vote> = {}): Vote {
  return { provider, direction, weight: null, votingPower: null, ...weights };
}

function credits(netPnl: bigint, votes: readonly Vote[]): Record<string, bigint> {
  return Object.fromEntries(creditsOf(netPnl, 1, votes));
}

test("voting power shares a credit before weights do, and only among those who voted so", () => {
  const votes = [
    vote("local", 1, { votingPower: 3, weight: 1 }),
    vote("cli", 1, { votingPower: 1, weight: 9 }),
    vote("codex", -1, { votingPower: 9, weight: 9 }),
    vote("qwen", 0, { votingPower: 9, weight: 9 }),
  ];
  assert.deepEqual(credits(100n, votes), { local: 75n, cli: 25n });
});

test("weights share it where a voting power is missing, equal parts where a weight is, too", () => {
  const weighted = [vote("local", 1, { votingPower: 1, weight: 1 }), vote("cli", 1, { weight: 4 })];
  assert.deepEqual(credits(100n, weighted), { cli: 80n, local: 20n });
  assert.deepEqual(credits(100n, [...weighted, vote("codex", 1)]), { cli: 34n, codex: 33n, local: 33n });
  const useless = [vote("local", 1, { weight: 0 }), vote("cli", 1, { weight: 0 })];
  assert.deepEqual(credits(-3n, useless), { cli: -2n, local: -1n });
});

test("a trade for which nobody voted is unattributed", () => {
  assert.deepEqual(credits(7n, [vote("local", -1), vote("cli", 0)]), { [unattributed]: 7n });
});

const weight = fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: null });
const votesOfProviders = fc.uniqueArray(
  fc.record({
    provider: fc.constantFrom("local", "cli", "codex", "gemini", "qwen"),
    direction: fc.constantFrom<Vote["direction"][]>(1, 0, -1),
    weight,
    votingPower: weight,
  }),
  { selector: ({ provider }) => provider },
);

test("credits add up to the profit or loss, whatever the order of the votes", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
      fc.constantFrom<(1 | -1)[]>(1, -1),
      votesOfProviders,
      (netPnl, direction, votes) => {
        const given = creditsOf(netPnl, direction, votes);
        assert.equal(
          [...given.values()].reduce((sum, credit) => sum + credit, 0n),
          netPnl,
        );
        assert.deepEqual(given, creditsOf(netPnl, direction, votes.toReversed()));
      },
    ),
  );
});

test("forecasts are scored by their squares, against the share of wins, and by ten bins", () => {
  const scores = forecastScoresOf([
    { confidence: 90, isRight: true },
    { confidence: 95, isRight: true },
    { confidence: 100, isRight: false },
    { confidence: 20, isRight: false },
  ]);
  assert.ok(Math.abs((scores.brier ?? 0) - (0.01 + 0.0025 + 1 + 0.04) / 4) < 1e-15);
  assert.ok(Math.abs((scores.skill ?? 0) - (1 - (scores.brier ?? 0) / 0.25)) < 1e-15);
  // The tenth bin holds 90, 95 and 100, the third 20.
  assert.ok(Math.abs((scores.ece ?? 0) - (0.85 + 0.2) / 4) < 1e-15);
});

test("who is always right has no skill over the share of wins, and who never spoke no score", () => {
  const sure = forecastScoresOf([
    { confidence: 100, isRight: true },
    { confidence: 100, isRight: true },
  ]);
  assert.deepEqual(sure, { brier: 0, skill: null, ece: 0 });
  assert.deepEqual(forecastScoresOf([]), { brier: null, skill: null, ece: null });
});
