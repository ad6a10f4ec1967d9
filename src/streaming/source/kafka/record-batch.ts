/**
 * Batches of records as Kafka stores them. The client library decodes them too, but it checks no checksum, makes big integers
 * of every time, and hides where a batch ends that has no records, which a position needs.
 */
import { compressionsAlgorithmsByBitmask, crc32c } from "@platformatic/kafka";

/** What a batch says of itself. Its bytes are those of the answer that it came in. */
export interface RecordBatch {
  readonly baseOffset: number;
  /** Of its last record, be that one still there or not. */
  readonly lastOffset: number;
  readonly isControl: boolean;
  readonly isTransactional: boolean;
  readonly producerId: bigint;
  readonly bytes: Buffer;
}

export interface KafkaRecord {
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly key: Buffer | undefined;
  readonly value: Buffer | null;
  readonly headers: ReadonlyMap<string, string> | undefined;
}

/** A batch whose bytes are not what the producer sent. */
export class DamagedBatch extends Error {
  override readonly name: string = "DamagedBatch";
}

const lengthAt = 8;
const magicAt = 16;
const crcAt = 17;
const attributesAt = 21;
const lastOffsetDeltaAt = 23;
const baseTimestampAt = 27;
const maxTimestampAt = 35;
const producerIdAt = 43;
const countAt = 57;
const recordsAt = 61;
/** Of the base offset and the length, which the length does not count. */
const prefixBytes = 12;
const compressionMask = 0b111;
const appendTimeMask = 0b1000;
const transactionalMask = 0b1_0000;
const controlMask = 0b10_0000;

/** The whole batches in an answer. A broker cuts the last one off where the answer is full. */
export function batchesIn(bytes: Buffer): readonly RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let at = 0; at + recordsAt <= bytes.length;) {
    const end = at + prefixBytes + bytes.readInt32BE(at + lengthAt);
    if (end > bytes.length) break;
    if (end < at + recordsAt) throw new DamagedBatch("a batch is shorter than its own head");
    batches.push(headOf(bytes.subarray(at, end)));
    at = end;
  }
  return batches;
}

function headOf(bytes: Buffer): RecordBatch {
  const baseOffset = Number(bytes.readBigInt64BE(0));
  const magic = bytes.readInt8(magicAt);
  if (magic !== 2)
    throw new DamagedBatch(`messages from offset ${baseOffset} on are of the old format ${magic}`);
  const attributes = bytes.readInt16BE(attributesAt);
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(lastOffsetDeltaAt),
    isControl: (attributes & controlMask) !== 0,
    isTransactional: (attributes & transactionalMask) !== 0,
    producerId: bytes.readBigInt64BE(producerIdAt),
    bytes,
  };
}

/** @throws DamagedBatch */
export function recordsOf({ bytes, baseOffset }: RecordBatch): readonly KafkaRecord[] {
  if (crc32c(bytes.subarray(attributesAt)) !== bytes.readUInt32BE(crcAt))
    throw new DamagedBatch("its checksum is wrong");
  const attributes = bytes.readInt16BE(attributesAt);
  const hasAppendTime = (attributes & appendTimeMask) !== 0;
  const baseMs = Number(bytes.readBigInt64BE(hasAppendTime ? maxTimestampAt : baseTimestampAt));
  const count = bytes.readInt32BE(countAt);
  const reader = new VarintReader(decompressed(bytes.subarray(recordsAt), attributes & compressionMask));
  const records: KafkaRecord[] = [];
  try {
    for (let index = 0; index < count; index += 1)
      records.push(readRecord(reader, baseOffset, baseMs, hasAppendTime));
  } catch (error) {
    throw new DamagedBatch("its records end before they should", { cause: error });
  }
  return records;
}

function decompressed(bytes: Buffer, bitmask: number): Buffer {
  if (bitmask === 0) return bytes;
  const algorithm = Object.values(compressionsAlgorithmsByBitmask).find((one) => one.bitmask === bitmask);
  if (algorithm === undefined) throw new DamagedBatch(`its compression ${bitmask} is unknown`);
  try {
    return algorithm.decompressSync(bytes);
  } catch (error) {
    throw new DamagedBatch(
      `it cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function readRecord(
  reader: VarintReader,
  baseOffset: number,
  baseMs: number,
  hasAppendTime: boolean,
): KafkaRecord {
  const end = reader.varint() + reader.at;
  reader.at += 1;
  const timestampDelta = reader.varint();
  const offset = baseOffset + reader.varint();
  const key = reader.bytes() ?? undefined;
  const value = reader.bytes();
  const headers = readHeaders(reader);
  reader.at = end;
  return { offset, timestampMs: hasAppendTime ? baseMs : baseMs + timestampDelta, key, value, headers };
}

function readHeaders(reader: VarintReader): ReadonlyMap<string, string> | undefined {
  const count = reader.varint();
  if (count === 0) return undefined;
  const headers = new Map<string, string>();
  for (let index = 0; index < count; index += 1) {
    const name = reader.bytes()?.toString() ?? "";
    headers.set(name, reader.bytes()?.toString() ?? "");
  }
  return headers;
}

class VarintReader {
  at = 0;
  readonly #buffer: Buffer;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** A whole number with its sign in the last bit. Numbers above 2^31 are multiplied: bits end there. */
  varint(): number {
    let byte = this.#byte();
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
      byte = this.#byte();
      value += (byte & 0x7f) * factor;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at += length;
    if (this.at > this.#buffer.length) throw new RangeError("beyond the end");
    return this.#buffer.subarray(start, this.at);
  }

  #byte(): number {
    const byte = this.#buffer[this.at];
    if (byte === undefined) throw new RangeError("beyond the end");
    this.at += 1;
    return byte;
  }
}
