import { messageOf } from "../../src/errors.ts";

/** Random numbers that a seed repeats (mulberry32). */
export class RandomNumbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 on, less than the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("There is nothing to pick from");
    return item;
  }
}

export const isOneSeed: boolean = process.env["SEED"] !== undefined;

/** The seeds of a test: so many from 1 on, or the one that the environment names. */
export function seedsOf(count: number): number[] {
  const { SEED: only, RUNS: runs } = process.env;
  if (only !== undefined) return [Number(only)];
  return Array.from({ length: Number(runs ?? count) }, (_, index) => index + 1);
}

/** Runs a test of a seed; its error says how to run it again. */
export async function withSeed<Result>(seed: number, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw new Error(`${messageOf(error)}\nSeed ${seed}: SEED=${seed} runs it again`, { cause: error });
  }
}
