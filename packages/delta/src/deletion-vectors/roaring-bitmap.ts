import { endianness } from "node:os";

import { DeltaError } from "../errors.ts";
import { containerOf, copyOf, hasValue, unionOf, valuesOf, withValue } from "./roaring-container.ts";
import type { Container } from "./roaring-container.ts";

/**
 * Indexes of rows in a data file, from 0, compressed: one container for each 65,536 rows of which any is in the set.
 * A set of runs, such as "every row", takes a few bytes for each container, so check {@link RowIndexSet.cardinality}
 * against the file's number of rows before making numbers of a set that came from elsewhere.
 *
 * @example
 * const deleted = RowIndexSet.of([3, 4, 7]).union(RowIndexSet.of([11]));
 * deleted.has(11); // true
 */
export class RowIndexSet {
  /** By row index / 65,536. */
  readonly #containers = new Map<number, Container>();
  #cardinality = 0;

  /** @throws DeltaError `INVALID_ARGUMENT` for anything that isn't an integer from 0 to 2^53 - 1. */
  static of(indexes: Iterable<number>): RowIndexSet {
    const set = new RowIndexSet();
    set.addAll(indexes);
    return set;
  }

  /** Takes over containers that aren't empty, each under its row indexes / 65,536. For readers of the stored form. */
  static ofContainers(containers: Iterable<readonly [key: number, container: Container]>): RowIndexSet {
    const set = new RowIndexSet();
    for (const [key, container] of containers) set.#put(key, container);
    return set;
  }

  /** How many rows are in the set. */
  get cardinality(): number {
    return this.#cardinality;
  }

  /** The last row of the set; `undefined` for an empty one. */
  get last(): number | undefined {
    let lastKey = -1;
    for (const key of this.#containers.keys()) lastKey = Math.max(lastKey, key);
    const container = this.#containers.get(lastKey);
    const value = container === undefined ? undefined : valuesOf(container).at(-1);
    return value === undefined ? undefined : lastKey * containerRange + value;
  }

  has(index: number): boolean {
    if (!isRowIndex(index)) return false;
    const container = this.#containers.get(keyOf(index));
    return container !== undefined && hasValue(container, valueOf(index));
  }

  /** @throws DeltaError `INVALID_ARGUMENT` for anything that isn't an integer from 0 to 2^53 - 1. */
  add(index: number): void {
    if (!isRowIndex(index)) {
      throw new DeltaError("INVALID_ARGUMENT", `${index} is not the index of a row`);
    }
    const key = keyOf(index);
    const container = this.#containers.get(key);
    if (container === undefined) {
      this.#put(key, containerOf(valueOf(index)));
      return;
    }
    const before = container.cardinality;
    const after = withValue(container, valueOf(index));
    if (after !== container) this.#containers.set(key, after);
    this.#cardinality += after.cardinality - before;
  }

  /** @throws DeltaError `INVALID_ARGUMENT` at the first that isn't an index; those before it are in the set then. */
  addAll(indexes: Iterable<number>): void {
    for (const index of indexes) this.add(index);
  }

  /** A new set of the rows in either; both stay as they are. */
  union(other: RowIndexSet): RowIndexSet {
    const union = new RowIndexSet();
    for (const [key, container] of this.#containers) {
      const others = other.#containers.get(key);
      union.#put(key, others === undefined ? copyOf(container) : unionOf(container, others));
    }
    for (const [key, container] of other.#containers) {
      if (!this.#containers.has(key)) union.#put(key, copyOf(container));
    }
    return union;
  }

  /** The row indexes, ascending. */
  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (const [key, container] of this.containers()) {
      const base = key * containerRange;
      for (const value of valuesOf(container)) yield base + value;
    }
  }

  /** Visits the row indexes, ascending. */
  forEach(visit: (index: number) => void): void {
    for (const [key, container] of this.containers()) {
      const base = key * containerRange;
      for (const value of valuesOf(container)) visit(base + value);
    }
  }

  /**
   * The row indexes, ascending, at 8 bytes each.
   *
   * @throws DeltaError `INVALID_ARGUMENT` for a set of more than 2^28 rows, 2 GiB.
   */
  toBigInt64Array(): BigInt64Array<ArrayBuffer> {
    if (this.#cardinality > maxArrayLength) {
      throw new DeltaError(
        "INVALID_ARGUMENT",
        `A set of ${this.#cardinality} row indexes is too large for an array; the most is ${maxArrayLength}`,
      );
    }
    const indexes = new BigInt64Array(this.#cardinality);
    // Written as halves: making a bigint for each row would take most of the time.
    const halves = new Uint32Array(indexes.buffer);
    let position = 0;
    for (const [key, container] of this.containers()) {
      const base = (key % containerRange) * containerRange;
      const high = Math.floor(key / containerRange);
      for (const value of valuesOf(container)) {
        halves[position + lowHalf] = base + value;
        halves[position + 1 - lowHalf] = high;
        position += 2;
      }
    }
    return indexes;
  }

  /** By ascending row index / 65,536; not to be changed. For writers of the stored form. */
  *containers(): Generator<readonly [key: number, container: Container], void, undefined> {
    for (const key of Float64Array.from(this.#containers.keys()).toSorted()) {
      const container = this.#containers.get(key);
      if (container !== undefined) yield [key, container];
    }
  }

  #put(key: number, container: Container): void {
    this.#containers.set(key, container);
    this.#cardinality += container.cardinality;
  }
}

const containerRange = 65_536;

const maxArrayLength = 2 ** 28;

/** Where the low half of a 64-bit integer lies in this machine's memory. */
const lowHalf = endianness() === "LE" ? 0 : 1;

function isRowIndex(index: number): boolean {
  return Number.isSafeInteger(index) && index >= 0;
}

function keyOf(index: number): number {
  return Math.floor(index / containerRange);
}

function valueOf(index: number): number {
  return index & 0xffff;
}
