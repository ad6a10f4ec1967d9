import { ProofList } from "../progress/proof-list.ts";
import type { PartitionMove } from "../progress/stream-progress.ts";
import { heldBackPartition } from "../source/message-source.ts";
import type { HeldBack, Proof } from "../source/message-source.ts";

/** When a batch is closed besides at the end of its interval. */
export interface BatchLimits {
  readonly maxRows: number;
  /** Of the messages as they came. */
  readonly maxBytes: number;
}

/** What is to be committed together: items of several partitions, and how far each partition is with them. */
export class MicroBatch<Item> {
  readonly items: Item[] = [];
  readonly heldBack: (HeldBack & { readonly partition: string })[] = [];
  readonly #proofs = new ProofList();
  #bytes = 0;
  readonly #moves = new Map<string, PartitionMove>();

  get bytes(): number {
    return this.#bytes;
  }

  /** The partitions that it moves, each from where the batch before left it. */
  get moves(): readonly PartitionMove[] {
    return [...this.#moves.values()].filter(({ from, after }) => after !== from);
  }

  get proofs(): readonly Proof[] {
    return this.#proofs.all;
  }

  /** Whether it moves nothing and proves nothing: a commit of it would say nothing. */
  get isEmpty(): boolean {
    return this.#proofs.isEmpty && this.moves.length === 0;
  }

  isFull({ maxRows, maxBytes }: BatchLimits): boolean {
    return this.items.length >= maxRows || this.#bytes >= maxBytes;
  }

  add(item: Item, bytes: number): void {
    this.items.push(item);
    this.#bytes += bytes;
  }

  /** Says that a partition's messages up to a position are in this batch, or were none. */
  move(partition: string, from: number, after: number): void {
    const known = this.#moves.get(partition);
    this.#moves.set(partition, { partition, from: known === undefined ? from : known.from, after });
  }

  /** Says that a partition passes over a part, which has a position of its own from now on. */
  holdBack(partition: string, part: HeldBack): void {
    this.heldBack.push({ ...part, partition });
    const name = heldBackPartition(partition, part);
    this.#moves.set(name, { partition: name, from: undefined, after: part.from });
  }

  prove(proof: Proof): void {
    this.#proofs.add(proof);
  }
}
