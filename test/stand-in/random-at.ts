import { createHash } from "node:crypto";

/** A number from 0 to 1 that belongs to a seed and a name: the same in every process and order. */
export function randomAt(seed: number, name: string): number {
  return createHash("sha256").update(`${seed} ${name}`).digest().readUInt32BE(0) / 2 ** 32;
}
