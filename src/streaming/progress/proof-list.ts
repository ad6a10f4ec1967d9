import type { Proof } from "../source/message-source.ts";

/** Proofs that are to be committed. One that goes on where the last one of its market ends makes that longer. */
export class ProofList {
  readonly #byMarket = new Map<string, Proof[]>();

  get all(): readonly Proof[] {
    return [...this.#byMarket.values()].flat();
  }

  get isEmpty(): boolean {
    return this.#byMarket.size === 0;
  }

  add(proof: Proof): void {
    const market = `${proof.provider}/${proof.assetPair.canonical}`;
    const known = this.#byMarket.get(market) ?? [];
    const last = known.at(-1);
    const goesOn =
      last !== undefined &&
      proof.range.startMs >= last.range.startMs &&
      proof.range.startMs <= last.range.endMs;
    if (goesOn) {
      const endMs = Math.max(last.range.endMs, proof.range.endMs);
      known[known.length - 1] = { ...last, range: { startMs: last.range.startMs, endMs } };
    } else known.push(proof);
    this.#byMarket.set(market, known);
  }

  clear(): void {
    this.#byMarket.clear();
  }
}
