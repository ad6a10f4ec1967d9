/** Numbers that are in no range yet; more of them are worth making ranges anew. */
const looseMax = 50_000;

/**
 * A set of trade ids. Most exchanges count, so the ids of a day are a few ranges, however many there are; what is no number
 * is kept as it is.
 */
export class IdSet {
  /** Disjoint, ascending, none next to another: first ids, and last ids. */
  #firsts: number[] = [];
  #lasts: number[] = [];
  /** What would have to be put between ranges: moving those behind it for each one costs too much. */
  readonly #loose = new Set<number>();
  readonly #texts = new Set<string>();

  has(id: string): boolean {
    const number = numberOf(id);
    if (number === undefined) return this.#texts.has(id);
    return this.#isInRange(number) || this.#loose.has(number);
  }

  add(id: string): void {
    const number = numberOf(id);
    if (number === undefined) this.#texts.add(id);
    else if (!this.#extend(number)) {
      this.#loose.add(number);
      if (this.#loose.size > looseMax) this.#makeRanges();
    }
  }

  #isInRange(number: number): boolean {
    const place = this.#placeOf(number);
    return place >= 0 && number <= (this.#lasts[place] ?? -1);
  }

  /** Puts a number where no range has to move for it. Returns whether there is such a place. */
  #extend(number: number): boolean {
    const place = this.#placeOf(number);
    const last = this.#lasts[place];
    if (last !== undefined && number <= last) return true;
    const isLastRange = place === this.#firsts.length - 1;
    if (last === number - 1 && (isLastRange || this.#firsts[place + 1] !== number + 1)) {
      this.#lasts[place] = number;
      return true;
    }
    if (!isLastRange) return false;
    this.#firsts.push(number);
    this.#lasts.push(number);
    return true;
  }

  #makeRanges(): void {
    const loose = [...this.#loose].toSorted((one, other) => one - other);
    this.#loose.clear();
    const [firsts, lasts] = [this.#firsts, this.#lasts];
    this.#firsts = [];
    this.#lasts = [];
    let next = 0;
    for (const [index, first] of firsts.entries()) {
      for (let one = loose[next]; one !== undefined && one < first; one = loose[next]) {
        this.#append(one, one);
        next += 1;
      }
      this.#append(first, lasts[index] ?? first);
    }
    for (const one of loose.slice(next)) this.#append(one, one);
  }

  #append(first: number, last: number): void {
    const end = this.#lasts.length - 1;
    const before = this.#lasts[end];
    if (before !== undefined && first <= before + 1) this.#lasts[end] = Math.max(before, last);
    else {
      this.#firsts.push(first);
      this.#lasts.push(last);
    }
  }

  /** The last range that begins at or before a number; -1 when there is none. */
  #placeOf(number: number): number {
    const count = this.#firsts.length;
    // Ids mostly come in their order.
    if (count > 0 && number >= (this.#firsts[count - 1] ?? 0)) return count - 1;
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] ?? 0) <= number) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Only a text that the number reads as again: `007` is another id than `7`. */
function numberOf(id: string): number | undefined {
  if (id.length > 15 || !/^(0|[1-9]\d*)$/.test(id)) return undefined;
  return Number(id);
}
