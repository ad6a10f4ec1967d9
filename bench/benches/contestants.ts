import type { Contestant } from "../bench.ts";

/** The same rows in a table without deletion vectors and in one that has them turned on, before anything counts. */
export interface Tables {
  readonly plain: string;
  readonly withVectors: string;
}

/** The same without waiting for the disk, as the peer does it. */
export function withoutFsync(contestant: Contestant): Contestant {
  return {
    ...contestant,
    name: `${contestant.name}, no fsync`,
    options: { ...contestant.options, fsync: "off" },
    profiled: false,
  };
}

/** Ours, durable and profiled, and without fsync; they differ in nothing else. */
export function oursBothWays(contestant: Omit<Contestant, "role">): Contestant[] {
  const durable: Contestant = {
    ...contestant,
    role: "ours",
    options: { ...contestant.options, fsync: "on" },
    profiled: true,
  };
  return [durable, withoutFsync(durable)];
}
