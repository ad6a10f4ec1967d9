import type { Role, Target } from "../bench.ts";
import type { Measurement } from "../measurement.ts";
import type { Profile } from "../profile.ts";
import type { Machine } from "./machine.ts";

export interface ContestantResult {
  readonly name: string;
  readonly role: Role;
  /** In the order of the runs. */
  readonly runs: readonly Measurement[];
  readonly profile?: Profile | undefined;
}

export interface RaceResult {
  readonly name: string;
  readonly description: string;
  readonly contestants: readonly ContestantResult[];
  readonly targets?: readonly Target[] | undefined;
}

export interface BenchResult {
  readonly name: string;
  readonly title: string;
  /** A day, UTC. */
  readonly date: string;
  readonly command: string;
  readonly scale: number;
  readonly machine: Machine;
  readonly races: readonly RaceResult[];
}
