/**
 * What a contestant is in its race: ours, the floor that nothing on the same engine can beat, the peer that users have
 * today, or a point of reference that no ratio is taken of.
 */
export type Role = "ours" | "floor" | "peer" | "reference";

/** A program that does a race's work once, in a process of its own, and reports what it took. */
export interface Contestant {
  readonly name: string;
  readonly role: Role;
  /** A file of `contestants/`; TypeScript runs on Node, Python on the interop peers' environment. */
  readonly script: string;
  /** Passed as `--name=value`; the runner adds `--folder`, an empty one for each run. */
  readonly options: Readonly<Record<string, string>>;
  /** A table that the work changes: the folder of each run holds a copy of it, `table`, made before anything counts. */
  readonly startsFrom?: string | undefined;
  /** Whether one more run, under the CPU profiler, shows where the time goes. */
  readonly profiled?: boolean;
}

/** What each of ours should reach. */
export interface Target {
  readonly of: "time" | "CPU time" | "peak memory";
  /** The role or the name of whom a ratio is taken to, the fastest of a role; none for an amount in seconds. */
  readonly to?: string | undefined;
  readonly atMost: number;
}

/** The same work for all contestants. */
export interface Race {
  readonly name: string;
  readonly description: string;
  readonly contestants: readonly Contestant[];
  readonly targets?: readonly Target[] | undefined;
}

interface PreparedBench {
  readonly races: readonly Race[];
  close(): Promise<void>;
}

interface BenchSettings {
  /** 1 for the sizes that are quoted; less to try a bench out. */
  readonly scale: number;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  /** Makes the inputs; nothing of it is measured. */
  prepare(settings: BenchSettings): Promise<PreparedBench>;
}
