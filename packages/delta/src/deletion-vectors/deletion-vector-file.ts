/*
 * deletion-vectors: sets of rows that are deleted from data files, in the protocol's own bytes.
 *
 * It guarantees that what it reads is exactly what was written, or CORRUPT_LOG: sizes, checksums and counts are checked
 * before a row is believed. It writes the same bytes as Spark does. Claims of a vector never decide how much memory is taken.
 */
import { crc32 } from "node:zlib";

import { DeltaError } from "../errors.ts";
import { ByteReader } from "./byte-reader.ts";
import type { RowIndexSet } from "./roaring-bitmap.ts";
import { readRowIndexes, serializeRowIndexes } from "./roaring-format.ts";

/** Where a vector lies in its file. */
interface DeletionVectorRange {
  /** Of the vector's size field, in bytes from the file's start. */
  readonly offset: number;
  /** Of the vector alone, without its size field and checksum. */
  readonly sizeInBytes: number;
}

export interface DeletionVectorEntry extends DeletionVectorRange {
  readonly cardinality: number;
}

/**
 * A file of deletion vectors, and what a descriptor says of each, in the given order:
 *
 *     file := 1:u8 (sizeInBytes:u32be vector crc32(vector):u32be)*
 *
 * Source: PROTOCOL.md, "Deletion Vector File Storage Format".
 *
 * @throws DeltaError `INVALID_ARGUMENT` when the vectors exceed the 2 GiB that an offset can span.
 */
export function serializeDeletionVectorFile(vectors: readonly RowIndexSet[]): {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly entries: readonly DeletionVectorEntry[];
} {
  const entries: DeletionVectorEntry[] = [];
  const serialized: Uint8Array[] = [];
  let size = 1;
  for (const rows of vectors) {
    const vector = serializeRowIndexes(rows);
    serialized.push(vector);
    entries.push({ offset: size, sizeInBytes: vector.length, cardinality: rows.cardinality });
    size += 4 + vector.length + 4;
    if (size > maxFileSize) {
      throw new DeltaError(
        "INVALID_ARGUMENT",
        `A file of deletion vectors cannot exceed ${maxFileSize} bytes`,
      );
    }
  }

  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, fileVersion);
  let position = 1;
  for (const vector of serialized) {
    view.setUint32(position, vector.length);
    bytes.set(vector, position + 4);
    view.setUint32(position + 4 + vector.length, crc32(vector));
    position += 4 + vector.length + 4;
  }
  return { bytes, entries };
}

/**
 * One vector of a file.
 *
 * @param file all of the file's bytes.
 * @param range of the vector, from its descriptor. Without an offset it is the file's first.
 * @param cardinality what the descriptor says that the vector holds.
 * @param source names the file in errors.
 * @throws DeltaError `CORRUPT_LOG` when version, size, checksum, vector or cardinality are not as they must be.
 */
export function readDeletionVector(
  file: Uint8Array,
  range: { readonly offset?: number | undefined; readonly sizeInBytes: number },
  cardinality: number,
  source: string,
): RowIndexSet {
  const offset = range.offset ?? 1;
  const header = new ByteReader(file, source);
  const version = header.bytes(1)[0];
  if (version !== fileVersion) {
    throw header.corrupt(`${version} is not a known version of deletion vector files`);
  }
  if (!Number.isSafeInteger(offset) || offset < 1 || offset > file.length) {
    throw header.corrupt(`no deletion vector starts at byte ${offset} of ${file.length}`);
  }
  const reader = new ByteReader(file.subarray(offset), source);
  const sizeInBytes = reader.uint32BigEndian();
  if (sizeInBytes !== range.sizeInBytes) {
    throw reader.corrupt(
      `the deletion vector at byte ${offset} has ${sizeInBytes} bytes, but the log says ${range.sizeInBytes}`,
    );
  }
  const vector = reader.bytes(sizeInBytes);
  const checksum = reader.uint32BigEndian();
  if (crc32(vector) !== checksum) {
    throw reader.corrupt(`the deletion vector at byte ${offset} does not match its checksum`);
  }
  return readRowIndexes(vector, cardinality, source);
}

const fileVersion = 1;

/** Offsets and sizes are signed 32-bit integers. */
const maxFileSize = 2 ** 31 - 1;
