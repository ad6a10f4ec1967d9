import { kind } from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

const mostBars = 1_000_000;

/** A span of bars. A window holds that many values, so there is a most. */
export const barCount: OptionKind<number> = kind(
  `a whole number of bars from 1 to ${mostBars}`,
  (value) => Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= mostBars,
);

/** The options of an indicator that looks back over one number of bars. */
export interface Period {
  readonly period: number;
}

/** The options of an indicator that has none. */
export type NoOptions = Readonly<Record<string, never>>;

export const periodKinds: OptionTable<Partial<Period>> = { period: barCount };

/** The options of an indicator of two averages, in bars. */
export interface FastSlow {
  readonly fast: number;
  readonly slow: number;
}

export const fastSlowKinds: OptionTable<Partial<FastSlow>> = { fast: barCount, slow: barCount };

export interface FastSlowSignal extends FastSlow {
  /** Of the mean of the line. */
  readonly signal: number;
}

export const fastSlowSignalKinds: OptionTable<Partial<FastSlowSignal>> = {
  ...fastSlowKinds,
  signal: barCount,
};

/** What is wrong with two averages of which one should be the faster. */
export function fastBelowSlow({ fast, slow }: FastSlow): string | undefined {
  return fast < slow ? undefined : `fast is ${fast} and slow is ${slow}; fast is the shorter one`;
}

/** What is wrong with a period of which nothing can be told. */
export function twoAtLeast({ period }: Period): string | undefined {
  return period >= 2 ? undefined : "period is 1; it must be 2 or more";
}
