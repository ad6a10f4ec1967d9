/**
 * A set of trade ids. Most exchanges count, so the ids of a day are a few ranges, however many there are; what is no number
 * is kept as it is.
 */
export class IdSet {
  /** Disjoint, ascending, none next to another: first ids, and last ids. */
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];
  readonly #texts = new Set<string>();

  has(id: string): boolean {
    const number = numberOf(id);
    if (number === undefined) return this.#texts.has(id);
    const place = this.#placeOf(number);
    return place >= 0 && number <= (this.#lasts[place] ?? -1);
  }

  add(id: string): void {
    const number = numberOf(id);
    if (number === undefined) this.#texts.add(id);
    else this.#addNumber(number);
  }

  #addNumber(number: number): void {
    const place = this.#placeOf(number);
    const last = this.#lasts[place];
    if (last !== undefined && number <= last) return;
    const isNextToLast = last === number - 1;
    const isNextToFirst = this.#firsts[place + 1] === number + 1;
    if (isNextToLast && isNextToFirst) {
      this.#lasts[place] = this.#lasts[place + 1] ?? number;
      this.#firsts.splice(place + 1, 1);
      this.#lasts.splice(place + 1, 1);
    } else if (isNextToLast) this.#lasts[place] = number;
    else if (isNextToFirst) this.#firsts[place + 1] = number;
    else {
      this.#firsts.splice(place + 1, 0, number);
      this.#lasts.splice(place + 1, 0, number);
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
