import { createHash } from "node:crypto";

import { RandomNumbers } from "../packages/delta/test/support/random-numbers.ts";

// A sweep is a test of many cases of one law: every crash point, every interleaving, hundreds of seeds. `npm test` runs
// a few cases of each, which a seed chooses; `npm run test:long` runs all. CONTRIBUTING.md says how to repeat a sample.

/** Set by `npm run test:long`: the share of each sweep that runs, at most 1. */
const share = Number(process.env["LONG"] ?? 0);
if (!(share >= 0 && share <= 1)) throw new Error("LONG is a share from 0 to 1");

/** Printed by the runner, which draws a new one for each run. A file that is run alone always takes the same sample. */
const seed = process.env["SAMPLE_SEED"] ?? "1";

/** Whether `npm run test:long` runs. */
export const isLong: boolean = share > 0;

/** Whether every sweep runs whole. */
export const isWhole: boolean = share === 1;

/** How many runs a random test makes: the least of `npm test`, the most of `npm run test:long`, or in between. */
export function runsOf(least: number, most: number): number {
  return Math.max(least, Math.ceil(most * share));
}

/**
 * Takes some of a sweep's cases, in their order, spread over all of them.
 *
 * @param sweep names the sweep: each draws its sample on its own.
 * @param least how many there are in `npm test`.
 */
export function sampled<Case>(sweep: string, cases: readonly Case[], least: number): Case[] {
  const count = Math.min(cases.length, runsOf(least, cases.length));
  const numbers = numbersOf(sweep);
  // One of each of so many equal parts.
  const chosen = Array.from({ length: count }, (_, part) => {
    const [from, to] = [part, part + 1].map((edge) => Math.floor((edge * cases.length) / count));
    return (from ?? 0) + numbers.below((to ?? 0) - (from ?? 0));
  });
  return chosen.flatMap((index) => cases.slice(index, index + 1));
}

/** The random numbers of a sweep: the same for the same seed. */
export function numbersOf(sweep: string): RandomNumbers {
  const hash = createHash("sha256").update(`${seed} ${sweep}`).digest();
  return new RandomNumbers(hash.readUInt32LE());
}
