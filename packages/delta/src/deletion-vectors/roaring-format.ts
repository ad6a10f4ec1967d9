import type { DeltaError } from "../errors.ts";
import { countBits } from "./bit-words.ts";
import { ByteReader } from "./byte-reader.ts";
import { RowIndexSet } from "./roaring-bitmap.ts";
import {
  bitmapWords,
  maxArrayCardinality,
  smallestForm,
  storedSizeOf,
  unionOf,
} from "./roaring-container.ts";
import type { Container } from "./roaring-container.ts";

/**
 * The bytes of a deletion vector, all numbers little-endian:
 *
 *     vector    := magic:u32 bucketCount:u64 (bucketKey:u32 bitmap)*
 *     bitmap    := 12346:u32 containerCount:u32 header* offset:u32* container*
 *                | (12347 | containerCount - 1 << 16):u32 isRuns:bit* header* [offset:u32*] container*
 *     header    := key:u16 (cardinality - 1):u16
 *     container := value:u16* | bits:65536 | runCount:u16 (first:u16 (length - 1):u16)*
 *
 * Bits 32 and up of a row index are its bucket's key, bits 16 to 31 its container's. Offsets count from the bitmap's
 * first byte; a bitmap with runs has them from four containers on.
 *
 * Source: PROTOCOL.md, "Deletion Vector Format"; https://github.com/RoaringBitmap/RoaringFormatSpec.
 */
export function serializeRowIndexes(rows: RowIndexSet): Uint8Array<ArrayBuffer> {
  const buckets = toBuckets(rows);
  let size = 12;
  for (const bucket of buckets.values()) size += 4 + layoutOf(bucket).size;

  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, portableMagic, true);
  view.setUint32(4, buckets.size, true);
  let position = 12;
  for (const [key, bucket] of buckets) {
    view.setUint32(position, key, true);
    position = writeBitmap(view, position + 4, bucket);
  }
  return new Uint8Array(view.buffer);
}

/**
 * Reads what {@link serializeRowIndexes} writes, and the older layout of PROTOCOL.md's example of an inline vector.
 * Takes memory in proportion to the bytes, whatever they claim.
 *
 * @param cardinality what the log says that the vector holds.
 * @param source names the vector in errors.
 * @throws DeltaError `CORRUPT_LOG` for bytes that aren't exactly one such vector of that cardinality.
 */
export function readRowIndexes(bytes: Uint8Array, cardinality: number, source: string): RowIndexSet {
  const reader = new ByteReader(bytes, source);
  const rows = RowIndexSet.ofContainers(readVector(reader));
  if (reader.remaining > 0) {
    throw reader.corrupt(`${reader.remaining} bytes follow the deletion vector's ${reader.position}`);
  }
  if (rows.cardinality !== cardinality) {
    throw reader.corrupt(
      `the deletion vector holds ${rows.cardinality} rows, but the log says that it is ${cardinality}`,
    );
  }
  return rows;
}

const portableMagic = 1_681_511_377;
const nativeMagic = 1_681_511_376;
/** The same, as bytes in the other order are read. */
const nativeMagicBigEndian = 0xd0d3_3964;

const cookieWithoutRuns = 12_346;
const cookieWithRuns = 12_347;

/** A bitmap with runs and fewer containers than this has no offsets. */
const offsetsThreshold = 4;

const containersPerBucket = 65_536;

/** Keys of buckets end here: above, row indexes exceed 2^53 - 1. */
const maxBucketKey = 2 ** 21 - 1;

/** A container costs memory beside its bytes. This many span 2^36 rows, more than any file of data has. */
const maxContainers = 2 ** 20;

interface BucketMember {
  readonly key: number;
  readonly container: Container;
}

/** The bitmaps by key, ascending, each container in the form that it is stored in. */
function toBuckets(rows: RowIndexSet): Map<number, BucketMember[]> {
  const buckets = new Map<number, BucketMember[]>();
  for (const [containerKey, container] of rows.containers()) {
    const bucketKey = Math.floor(containerKey / containersPerBucket);
    const bucket = buckets.get(bucketKey) ?? [];
    if (bucket.length === 0) buckets.set(bucketKey, bucket);
    bucket.push({ key: containerKey % containersPerBucket, container: smallestForm(container) });
  }
  return buckets;
}

function layoutOf(bucket: readonly BucketMember[]): {
  readonly hasRuns: boolean;
  readonly hasOffsets: boolean;
  /** Of all before the containers, in bytes. */
  readonly headSize: number;
  readonly size: number;
} {
  const hasRuns = bucket.some(({ container }) => container.kind === "runs");
  const hasOffsets = !hasRuns || bucket.length >= offsetsThreshold;
  const headSize =
    4 + (hasRuns ? Math.ceil(bucket.length / 8) : 4) + bucket.length * (hasOffsets ? 4 + 4 : 4);
  const size = bucket.reduce((sum, { container }) => sum + storedSizeOf(container), headSize);
  return { hasRuns, hasOffsets, headSize, size };
}

/** Returns the position behind the bitmap. */
function writeBitmap(view: DataView, start: number, bucket: readonly BucketMember[]): number {
  const { hasRuns, hasOffsets, headSize } = layoutOf(bucket);
  let position = start + 4;
  if (hasRuns) {
    view.setUint32(start, cookieWithRuns + (bucket.length - 1) * 65_536, true);
    for (const [index, { container }] of bucket.entries()) {
      if (container.kind !== "runs") continue;
      const at = position + (index >>> 3);
      view.setUint8(at, view.getUint8(at) | (1 << (index & 7)));
    }
    position += Math.ceil(bucket.length / 8);
  } else {
    view.setUint32(start, cookieWithoutRuns, true);
    view.setUint32(position, bucket.length, true);
    position += 4;
  }
  for (const { key, container } of bucket) {
    view.setUint16(position, key, true);
    view.setUint16(position + 2, container.cardinality - 1, true);
    position += 4;
  }
  if (hasOffsets) {
    let offset = headSize;
    for (const { container } of bucket) {
      view.setUint32(position, offset, true);
      position += 4;
      offset += storedSizeOf(container);
    }
  }
  for (const { container } of bucket) {
    writeContainer(view, position, container);
    position += storedSizeOf(container);
  }
  return position;
}

function writeContainer(view: DataView, start: number, container: Container): void {
  switch (container.kind) {
    case "array":
      writeUint16s(view, start, container.values.subarray(0, container.cardinality));
      break;
    case "bitmap":
      for (const [index, word] of container.words.entries()) view.setUint32(start + 4 * index, word, true);
      break;
    case "runs":
      view.setUint16(start, container.runs.length / 2, true);
      writeUint16s(view, start + 2, container.runs);
      break;
  }
}

function writeUint16s(view: DataView, start: number, values: Uint16Array): void {
  for (const [index, value] of values.entries()) view.setUint16(start + 2 * index, value, true);
}

type KeyedContainer = readonly [key: number, container: Container];

function readVector(reader: ByteReader): KeyedContainer[] {
  const magic = reader.uint32();
  switch (magic) {
    case portableMagic:
      return readPortable(reader);
    case nativeMagic:
      return readNative(reader, () => reader.uint32());
    case nativeMagicBigEndian:
      return readNative(reader, () => reader.uint32BigEndian());
    default:
      throw reader.corrupt(`${magic} is not the magic number of a deletion vector`);
  }
}

function readPortable(reader: ByteReader): KeyedContainer[] {
  const bucketCount = reader.uint32() + reader.uint32() * 2 ** 32;
  assertBuckets(reader, bucketCount);
  const containers: KeyedContainer[] = [];
  let previousKey = -1;
  for (let bucket = 0; bucket < bucketCount; bucket += 1) {
    const key = reader.uint32();
    if (key <= previousKey) throw descending(reader, "bucket", key, previousKey);
    previousKey = key;
    readBitmap(reader, key, containers);
  }
  return containers;
}

/**
 * The older layout: a count of bitmaps, each behind its size in bytes, the bucket's key being its place. PROTOCOL.md
 * shows it in "JSON Example 3 — Inline", with magic, count and size in big-endian order; Spark reads them in
 * little-endian order.
 */
function readNative(reader: ByteReader, readCount: () => number): KeyedContainer[] {
  const bucketCount = readCount();
  assertBuckets(reader, bucketCount);
  const containers: KeyedContainer[] = [];
  for (let key = 0; key < bucketCount; key += 1) {
    const size = readCount();
    const start = reader.position;
    readBitmap(reader, key, containers);
    if (reader.position - start !== size) {
      throw reader.corrupt(`bitmap ${key} takes ${reader.position - start} bytes, not ${size}`);
    }
  }
  return containers;
}

/** Fails before a count is trusted: an empty bucket takes 12 bytes, its key or size and an empty bitmap. */
function assertBuckets(reader: ByteReader, bucketCount: number): void {
  if (bucketCount > reader.remaining / 12) {
    throw reader.corrupt(`${reader.remaining} bytes cannot hold ${bucketCount} buckets`);
  }
}

function readBitmap(reader: ByteReader, bucketKey: number, containers: KeyedContainer[]): void {
  if (bucketKey > maxBucketKey) {
    throw reader.corrupt(`row indexes from ${bucketKey} * 2^32 on exceed 2^53 - 1`);
  }
  const start = reader.position;
  const { count, isRuns } = readCookie(reader);
  if (containers.length + count > maxContainers) {
    throw reader.corrupt(`the deletion vector has more than ${maxContainers} containers`);
  }
  const headers = reader.view(4 * count);
  const offsets = isRuns === undefined || count >= offsetsThreshold ? reader.view(4 * count) : undefined;
  let previousKey = -1;
  for (let index = 0; index < count; index += 1) {
    const key = headers.getUint16(4 * index, true);
    if (key <= previousKey) throw descending(reader, "container", key, previousKey);
    previousKey = key;
    const offset = reader.position - start;
    if (offsets !== undefined && offsets.getUint32(4 * index, true) !== offset) {
      throw reader.corrupt(
        `container ${key} lies at ${offset}, not at its offset ${offsets.getUint32(4 * index, true)}`,
      );
    }
    const cardinality = headers.getUint16(4 * index + 2, true) + 1;
    const hasRuns = isRuns !== undefined && ((isRuns.getUint8(index >>> 3) >>> (index & 7)) & 1) === 1;
    const container = hasRuns ? readRuns(reader) : readValues(reader, cardinality);
    if (container.cardinality !== cardinality) {
      throw reader.corrupt(`container ${key} has ${container.cardinality} values, not ${cardinality}`);
    }
    containers.push([bucketKey * containersPerBucket + key, container]);
  }
}

/** The number of containers, and a bit for each where some are runs. */
function readCookie(reader: ByteReader): { readonly count: number; readonly isRuns?: DataView } {
  const cookie = reader.uint32();
  if ((cookie & 0xffff) === cookieWithRuns) {
    const count = (cookie >>> 16) + 1;
    return { count, isRuns: reader.view(Math.ceil(count / 8)) };
  }
  if (cookie !== cookieWithoutRuns) throw reader.corrupt(`${cookie} is not the cookie of a Roaring bitmap`);
  const count = reader.uint32();
  if (count > containersPerBucket) throw reader.corrupt(`a bitmap cannot have ${count} containers`);
  return { count };
}

function readValues(reader: ByteReader, cardinality: number): Container {
  return cardinality <= maxArrayCardinality ? readArray(reader, cardinality) : readWords(reader);
}

function readArray(reader: ByteReader, cardinality: number): Container {
  const values = readUint16s(reader, cardinality);
  let previous = -1;
  for (const value of values) {
    if (value <= previous) throw descending(reader, "value", value, previous);
    previous = value;
  }
  return { kind: "array", values, cardinality };
}

function readWords(reader: ByteReader): Container {
  const stored = reader.view(4 * bitmapWords);
  const words = new Uint32Array(bitmapWords);
  for (let index = 0; index < bitmapWords; index += 1) words[index] = stored.getUint32(4 * index, true);
  return { kind: "bitmap", words, cardinality: countBits(words) };
}

function readRuns(reader: ByteReader): Container {
  const runs = readUint16s(reader, 2 * reader.uint16());
  let cardinality = 0;
  let last = -1;
  let isTouching = false;
  for (let index = 0; index < runs.length; index += 2) {
    const first = runs[index] ?? 0;
    const length = (runs[index + 1] ?? 0) + 1;
    if (first <= last) throw descending(reader, "run", first, last);
    if (index > 0 && first === last + 1) isTouching = true;
    last = first + length - 1;
    if (last > 0xffff)
      throw reader.corrupt(`a run of ${length} values from ${first} on exceeds its container`);
    cardinality += length;
  }
  const container: Container = { kind: "runs", runs, cardinality };
  return isTouching ? unionOf(container, container) : container;
}

function readUint16s(reader: ByteReader, count: number): Uint16Array {
  const stored = reader.view(2 * count);
  const values = new Uint16Array(count);
  for (let index = 0; index < count; index += 1) values[index] = stored.getUint16(2 * index, true);
  return values;
}

function descending(reader: ByteReader, what: string, value: number, previous: number): DeltaError {
  return reader.corrupt(`${what} ${value} follows ${previous}, but they must ascend`);
}
