/** Sets of small integers as bits: value v is bit v % 32 of word v / 32. All of it takes time by words, not by values. */

/** Sets the bits from `first` to `last`, both included. */
export function setBits(words: Uint32Array, first: number, last: number): void {
  const firstWord = first >>> 5;
  const lastWord = last >>> 5;
  const fromFirst = -1 << (first & 31);
  const toLast = -1 >>> (31 - (last & 31));
  if (firstWord === lastWord) {
    words[firstWord] = (words[firstWord] ?? 0) | (fromFirst & toLast);
    return;
  }
  words[firstWord] = (words[firstWord] ?? 0) | fromFirst;
  words.fill(0xffff_ffff, firstWord + 1, lastWord);
  words[lastWord] = (words[lastWord] ?? 0) | toLast;
}

export function countBits(words: Uint32Array): number {
  let count = 0;
  for (const word of words) count += countWordBits(word);
  return count;
}

/** How many stretches of neighbouring values there are. */
export function countRuns(words: Uint32Array): number {
  let count = 0;
  for (let index = 0; index < words.length; index += 1) count += countWordBits(startsIn(words, index));
  return count;
}

/** First value and length - 1 of each of those `runCount` stretches in turn. */
export function runsIn(words: Uint32Array, runCount: number): Uint16Array {
  const runs = new Uint16Array(2 * runCount);
  let started = 0;
  let ended = 0;
  for (let index = 0; index < words.length; index += 1) {
    for (let starts = startsIn(words, index); starts !== 0; starts &= starts - 1) {
      runs[started] = 32 * index + lowestBit(starts);
      started += 2;
    }
    for (let ends = endsIn(words, index); ends !== 0; ends &= ends - 1) {
      runs[ended + 1] = 32 * index + lowestBit(ends) - (runs[ended] ?? 0);
      ended += 2;
    }
  }
  return runs;
}

/** The values, ascending; `count` is their number. */
export function valuesIn(words: Uint32Array, count: number): Uint16Array {
  const values = new Uint16Array(count);
  let position = 0;
  for (let index = 0; index < words.length; index += 1) {
    for (let rest = words[index] ?? 0; rest !== 0; rest &= rest - 1) {
      values[position] = 32 * index + lowestBit(rest);
      position += 1;
    }
  }
  return values;
}

/** The bits whose lower neighbour is not set. */
function startsIn(words: Uint32Array, index: number): number {
  const word = words[index] ?? 0;
  return word & ~((word << 1) | ((words[index - 1] ?? 0) >>> 31));
}

/** The bits whose higher neighbour is not set. */
function endsIn(words: Uint32Array, index: number): number {
  const word = words[index] ?? 0;
  return word & ~((word >>> 1) | ((words[index + 1] ?? 0) << 31));
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** Sums neighbouring bits, then pairs, then nibbles; the product gathers the four bytes' sums in the highest one. */
function countWordBits(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
