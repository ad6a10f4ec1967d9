import type { PartitionMove } from "../progress/stream-progress.ts";

/** When a batch is closed besides at the end of its interval. */
export interface BatchLimits {
  readonly maxRows: number;
  /** Of the messages as they came. */
  readonly maxBytes: number;
}

/** What is to be committed together: items of several partitions, and how far each partition is with them. */
export class MicroBatch<Item> {
  readonly items: Item[] = [];
  #bytes = 0;
  readonly #moves = new Map<string, PartitionMove>();

  get bytes(): number {
    return this.#bytes;
  }

  /** The partitions that it moves, each from where the batch before left it. */
  get moves(): readonly PartitionMove[] {
    return [...this.#moves.values()].filter(({ from, after }) => after !== from);
  }

  /** Whether it moves nothing: a commit of it would say nothing. */
  get isEmpty(): boolean {
    return this.moves.length === 0;
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
    this.#moves.set(partition, { partition, from: known?.from ?? from, after });
  }
}
