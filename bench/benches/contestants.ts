import type { Contestant } from "../bench.ts";

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
