import { countBits, countRuns, runsIn, setBits, valuesIn } from "./bit-words.ts";

/**
 * The members of a set that share all but their lowest 16 bits, in the three forms of the Roaring format.
 *
 * The functions here may change an array or a bitmap that they are given to add to; runs never change.
 *
 * Source: https://github.com/RoaringBitmap/RoaringFormatSpec, "Container storage".
 */
export type Container = ArrayContainer | BitmapContainer | RunContainer;

export interface ArrayContainer {
  readonly kind: "array";
  /** Ascending; only the first `cardinality` of them count, the rest is room to grow. */
  values: Uint16Array;
  cardinality: number;
}

export interface BitmapContainer {
  readonly kind: "bitmap";
  /** {@link bitmapWords} words: value v is bit v % 32 of word v / 32. */
  readonly words: Uint32Array;
  cardinality: number;
}

export interface RunContainer {
  readonly kind: "runs";
  /** First value and length - 1 of each run in turn, ascending and without overlap. */
  readonly runs: Uint16Array;
  readonly cardinality: number;
}

/** The format stores up to this many values as an array, more as a bitmap. */
export const maxArrayCardinality = 4096;

/** 65,536 bits. */
export const bitmapWords = 2048;

/** Moving more values than this to make room for one costs more than a bitmap, which may be made small again later. */
const maxInsertedCardinality = 512;

export function containerOf(value: number): Container {
  return { kind: "array", values: Uint16Array.of(value), cardinality: 1 };
}

/** The container with the value added: the given one, changed, or another where its form has to change. */
export function withValue(container: Container, value: number): Container {
  switch (container.kind) {
    case "array":
      return withValueInArray(container, value);
    case "bitmap":
      setBit(container, value);
      return container;
    case "runs":
      return hasValue(container, value) ? container : withValue(withoutRuns(container), value);
  }
}

export function hasValue(container: Container, value: number): boolean {
  switch (container.kind) {
    case "array": {
      const position = positionOf(container, value);
      return position < container.cardinality && container.values[position] === value;
    }
    case "bitmap":
      return (((container.words[value >>> 5] ?? 0) >>> (value & 31)) & 1) === 1;
    case "runs":
      return hasValueInRuns(container.runs, value);
  }
}

/** What is in either; both stay as they are. */
export function unionOf(left: Container, right: Container): Container {
  return smallestForm(bitmapOf([left, right]));
}

export function copyOf(container: Container): Container {
  switch (container.kind) {
    case "array":
      return { ...container, values: container.values.slice(0, container.cardinality) };
    case "bitmap":
      return { ...container, words: container.words.slice() };
    case "runs":
      return container;
  }
}

/** All values, ascending. Not to be written to: it may be the container's own memory. */
export function valuesOf(container: Container): Uint16Array {
  switch (container.kind) {
    case "array":
      return container.values.subarray(0, container.cardinality);
    case "bitmap":
      return valuesIn(container.words, container.cardinality);
    case "runs":
      return valuesOfRuns(container);
  }
}

/**
 * The same values in the form that the format stores in the fewest bytes. Arrays and bitmaps are told apart by the
 * cardinality alone.
 */
export function smallestForm(container: Container): Container {
  const runCount = countRunsOf(container);
  const isArray = container.cardinality <= maxArrayCardinality;
  if (2 + 4 * runCount < (isArray ? 2 * container.cardinality : 4 * bitmapWords)) {
    return container.kind === "runs" ? container : toRuns(container, runCount);
  }
  return container.kind === (isArray ? "array" : "bitmap") ? container : withoutRuns(container);
}

/** Bytes of the stored form, without its entry in the headers. */
export function storedSizeOf(container: Container): number {
  switch (container.kind) {
    case "array":
      return 2 * container.cardinality;
    case "bitmap":
      return 4 * bitmapWords;
    case "runs":
      return 2 + 2 * container.runs.length;
  }
}

function withValueInArray(container: ArrayContainer, value: number): Container {
  const { cardinality } = container;
  const position = positionOf(container, value);
  if (position < cardinality && container.values[position] === value) return container;
  if (cardinality >= (position === cardinality ? maxArrayCardinality : maxInsertedCardinality)) {
    const bitmap = bitmapOf([container]);
    setBit(bitmap, value);
    return bitmap;
  }
  if (cardinality === container.values.length) {
    const roomier = new Uint16Array(Math.min(maxArrayCardinality, Math.max(8, 2 * cardinality)));
    roomier.set(container.values);
    container.values = roomier;
  }
  container.values.copyWithin(position + 1, position, cardinality);
  container.values[position] = value;
  container.cardinality += 1;
  return container;
}

/** Of the first value that is not below the given one. */
function positionOf({ values, cardinality }: ArrayContainer, value: number): number {
  // Values mostly come in ascending order.
  if (cardinality === 0 || (values[cardinality - 1] ?? 0) < value) return cardinality;
  let low = 0;
  let high = cardinality;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function setBit(bitmap: BitmapContainer, value: number): void {
  const word = bitmap.words[value >>> 5] ?? 0;
  const bit = 1 << (value & 31);
  if ((word & bit) !== 0) return;
  bitmap.words[value >>> 5] = word | bit;
  bitmap.cardinality += 1;
}

function hasValueInRuns(runs: Uint16Array, value: number): boolean {
  // The last run that starts at or below the value decides.
  let low = 0;
  let high = runs.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[2 * middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return false;
  return value - (runs[2 * low - 2] ?? 0) <= (runs[2 * low - 1] ?? 0);
}

function valuesOfRuns({ runs, cardinality }: RunContainer): Uint16Array {
  const values = new Uint16Array(cardinality);
  let count = 0;
  for (let index = 0; index < runs.length; index += 2) {
    const first = runs[index] ?? 0;
    const last = first + (runs[index + 1] ?? 0);
    for (let value = first; value <= last; value += 1) {
      values[count] = value;
      count += 1;
    }
  }
  return values;
}

function countRunsOf(container: Container): number {
  switch (container.kind) {
    case "array":
      return countRunsOfValues(valuesOf(container));
    case "bitmap":
      return countRuns(container.words);
    case "runs":
      return container.runs.length / 2;
  }
}

function countRunsOfValues(values: Uint16Array): number {
  let count = 0;
  let expected = -1;
  for (const value of values) {
    if (value !== expected) count += 1;
    expected = value + 1;
  }
  return count;
}

/** An array or a bitmap, as the cardinality asks, in memory of its own. */
function withoutRuns(container: Container): ArrayContainer | BitmapContainer {
  if (container.cardinality > maxArrayCardinality) return bitmapOf([container]);
  return { kind: "array", values: valuesOf(container).slice(), cardinality: container.cardinality };
}

function toRuns(container: Container, runCount: number): RunContainer {
  const { words } = container.kind === "bitmap" ? container : bitmapOf([container]);
  return { kind: "runs", runs: runsIn(words, runCount), cardinality: container.cardinality };
}

/** A new bitmap of what is in any of the containers. */
function bitmapOf(containers: readonly Container[]): BitmapContainer {
  const words = new Uint32Array(bitmapWords);
  for (const container of containers) addToWords(words, container);
  return { kind: "bitmap", words, cardinality: countBits(words) };
}

function addToWords(words: Uint32Array, container: Container): void {
  switch (container.kind) {
    case "array":
      for (const value of valuesOf(container)) setBits(words, value, value);
      break;
    case "bitmap":
      for (let index = 0; index < bitmapWords; index += 1) {
        words[index] = (words[index] ?? 0) | (container.words[index] ?? 0);
      }
      break;
    case "runs":
      for (let index = 0; index < container.runs.length; index += 2) {
        const first = container.runs[index] ?? 0;
        setBits(words, first, first + (container.runs[index + 1] ?? 0));
      }
      break;
  }
}
