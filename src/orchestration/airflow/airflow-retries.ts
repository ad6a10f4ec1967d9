/** How Airflow tries a task again. */
export type AirflowRetries =
  | { readonly kind: "none" }
  /** Exactly so long after each failed try: a retry policy, from Airflow 3.3 on. */
  | { readonly kind: "exact"; readonly delays: readonly number[] }
  /** Always the same wait, which Airflow keeps exactly. */
  | { readonly kind: "fixed"; readonly count: number; readonly delaySeconds: number }
  /** Airflow's own backoff, which spreads the waits. */
  | {
      readonly kind: "backoff";
      readonly count: number;
      readonly firstSeconds: number;
      readonly maxSeconds: number;
      readonly windows: readonly RetryWindow[];
    };

/** The shortest and the longest wait after a failed try. */
interface RetryWindow {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** Airflow's setting that comes nearest to the delays of a task. */
export function airflowRetries(delays: readonly number[], hasRetryPolicy: boolean): AirflowRetries {
  const [first] = delays;
  if (first === undefined) return { kind: "none" };
  if (delays.every((delay) => delay === first))
    return { kind: "fixed", count: delays.length, delaySeconds: first };
  if (hasRetryPolicy) return { kind: "exact", delays };
  const firstSeconds = Math.max(1, first);
  const maxSeconds = Math.max(...delays);
  return {
    kind: "backoff",
    count: delays.length,
    firstSeconds,
    maxSeconds,
    windows: delays.map((_, failed) => windowOf(firstSeconds * 2 ** failed, maxSeconds)),
  };
}

/** Airflow waits for the base and a share of it that follows from the names of task and run, up to the cap. */
function windowOf(baseSeconds: number, maxSeconds: number): RetryWindow {
  return {
    fromSeconds: Math.min(baseSeconds, maxSeconds),
    toSeconds: Math.min(2 * baseSeconds, maxSeconds),
  };
}
