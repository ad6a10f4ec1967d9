// The plain model of the marts' ratios, against what quantstats and empyrical gave (interop/ratio_goldens.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import * as z from "zod";

import { ratiosOf } from "./plain-model/ratios.ts";
import type { Ratios, ReturnDay } from "./plain-model/ratios.ts";

const answers = z.record(z.string(), z.number());
const goldens = z
  .object({
    versions: z.object({ quantstats: z.string(), "empyrical-reloaded": z.string() }),
    curves: z.array(
      z.object({
        name: z.string(),
        annualizationDays: z.number(),
        riskFreeAnnual: z.number(),
        equities: z.array(z.string()),
        answers: z.object({ empyrical: answers, quantstats: answers }),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "ratio-goldens.json"), "utf8")));

const calendar = { annualizationDays: 365, riskFreeAnnual: 0 };

for (const { name, equities, answers: peers, ...options } of goldens.curves) {
  for (const [peer, measures] of Object.entries(peers)) {
    test(`${name}: ratios are what ${peer} gave, to twelve digits`, () => {
      const ours: Partial<Record<string, number | bigint | boolean | null>> = {
        ...ratiosOf(daysOf(equities.map(money)), options),
      };
      const isShort = equities.length - 1 < 20;
      for (const [measure, expected] of Object.entries(measures)) {
        const value = ours[measure];
        if (isShort && (measure === "sharpe" || measure === "sortino")) assert.equal(value, null);
        else
          assert.ok(
            typeof value === "number" && Math.abs(value - expected) <= 1e-12 * Math.abs(expected),
            `${measure}: ${String(value)}, not ${expected}`,
          );
      }
    });
  }
}

test("a drawdown lasts from its peak until the equity is back there", () => {
  const recovered = ratiosOf(daysOf([100n, 120n, 90n, 110n, 125n, 124n]), calendar);
  assert.deepEqual(drawdown(recovered), [-0.25, -30n, 3, true]);
  const still = ratiosOf(daysOf([100n, 90n, 95n]), calendar);
  assert.deepEqual(drawdown(still), [-0.1, -10n, 2, false]);
  const none = ratiosOf(daysOf([100n, 100n, 130n]), calendar);
  assert.deepEqual(drawdown(none), [0, 0n, 0, true]);
});

test("an account that fell to 0 or below has a drawdown, and neither growth nor Sharpe", () => {
  const ratios = ratiosOf(daysOf([100n, ...Array.from({ length: 30 }, () => -50n)]), calendar);
  assert.deepEqual([ratios.sharpe, ratios.sortino, ratios.cagr, ratios.calmar], [null, null, null, null]);
  assert.equal(ratios.maxDrawdown, -1.5);
  const begunWithNothing = ratiosOf(daysOf([0n, 10n]), calendar);
  assert.deepEqual(drawdown(begunWithNothing), [null, null, null, null]);
});

test("an account that does not move has no Sharpe ratio", () => {
  const ratios = ratiosOf(daysOf(Array.from({ length: 40 }, () => 100n)), calendar);
  assert.deepEqual([ratios.sharpe, ratios.sortino, ratios.cagr, ratios.calmar], [null, null, 0, null]);
});

const equity = fc.bigInt({ min: 1_000_000n, max: 9_000_000n });

test("a drawdown is at most 0, and no worse when the last day is left out", () => {
  fc.assert(
    fc.property(fc.array(equity, { minLength: 3, maxLength: 60 }), (equities) => {
      const all = ratiosOf(daysOf(equities), calendar).maxDrawdown ?? Number.NaN;
      const before = ratiosOf(daysOf(equities.slice(0, -1)), calendar).maxDrawdown ?? Number.NaN;
      assert.ok(all <= before && before <= 0);
    }),
  );
});

test("ratios do not depend on the currency", () => {
  fc.assert(
    fc.property(fc.array(equity, { minLength: 30, maxLength: 60 }), (equities) => {
      const { maxDrawdownAmount: amount, ...ratios } = ratiosOf(daysOf(equities), calendar);
      const { maxDrawdownAmount: scaledAmount, ...scaled } = ratiosOf(
        daysOf(equities.map((value) => value * 1024n)),
        calendar,
      );
      assert.deepEqual(scaled, ratios);
      assert.equal(scaledAmount, (amount ?? 0n) * 1024n);
    }),
  );
});

function drawdown({ maxDrawdown, maxDrawdownAmount, maxDrawdownDays, isRecovered }: Ratios) {
  return [maxDrawdown, maxDrawdownAmount, maxDrawdownDays, isRecovered];
}

/** Days whose equities these are; the first is what the account began with. */
function daysOf(equities: readonly bigint[]): readonly ReturnDay[] {
  return equities.slice(1).map((value, place) => ({ openingEquity: equities[place] ?? 0n, equity: value }));
}

/** Cents as text. */
function money(text: string): bigint {
  return BigInt(text.replace(".", "")) * 10n ** 10n;
}
