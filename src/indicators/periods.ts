import { countFromOne } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

/** The options of an indicator that looks back over one number of bars. */
export interface Period {
  readonly period: number;
}

/** The options of an indicator that has none. */
export type NoOptions = Readonly<Record<string, never>>;

export const periodKinds: OptionTable<Partial<Period>> = { period: countFromOne };

/** The options of an indicator of two averages, in bars. */
export interface FastSlow {
  readonly fast: number;
  readonly slow: number;
}

export const fastSlowKinds: OptionTable<Partial<FastSlow>> = { fast: countFromOne, slow: countFromOne };

export interface FastSlowSignal extends FastSlow {
  /** Of the mean of the line. */
  readonly signal: number;
}

export const fastSlowSignalKinds: OptionTable<Partial<FastSlowSignal>> = {
  ...fastSlowKinds,
  signal: countFromOne,
};

/** What is wrong with two averages of which one should be the faster. */
export function fastBelowSlow({ fast, slow }: FastSlow): string | undefined {
  return fast < slow ? undefined : `fast is ${fast} and slow is ${slow}; fast is the shorter one`;
}

/** What is wrong with a period of which nothing can be told. */
export function twoAtLeast({ period }: Period): string | undefined {
  return period >= 2 ? undefined : "period is 1; it must be 2 or more";
}
