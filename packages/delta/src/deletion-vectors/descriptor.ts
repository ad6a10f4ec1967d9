import { DeltaError } from "../errors.ts";
import type { DeletionVectorDescriptor } from "../protocol/actions.ts";
import type { DeletionVectorEntry } from "./deletion-vector-file.ts";
import type { RowIndexSet } from "./roaring-bitmap.ts";
import { serializeRowIndexes } from "./roaring-format.ts";
import { decodePaddedZ85, decodeZ85, encodeZ85 } from "./z85.ts";

/** Where a deletion vector's bytes are. */
export type DeletionVectorLocation =
  /** Here: the vector itself, without a file around it. */
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  /** In a file of the table's store, under its decoded name. */
  | { readonly kind: "relative"; readonly path: string }
  /** In a file anywhere: a URI as in `add.path`, not decoded. */
  | { readonly kind: "absolute"; readonly uri: string };

/**
 * Where the bytes of a descriptor's vector are; offset and size within a file are the descriptor's.
 *
 * Source: PROTOCOL.md, "Deletion Vector Descriptor Schema" and "Derived Fields".
 *
 * @param source names the descriptor in errors, such as the data file that it belongs to.
 * @throws DeltaError `CORRUPT_LOG` for a malformed descriptor, `UNSAFE_PATH` for one that points out of the table.
 */
export function locateDeletionVector(
  descriptor: DeletionVectorDescriptor,
  source: string,
): DeletionVectorLocation {
  assertNumbers(descriptor, source);
  switch (descriptor.storageType) {
    case "i":
      return { kind: "inline", bytes: inlineBytes(descriptor, source) };
    case "u":
      return { kind: "relative", path: relativePath(descriptor.pathOrInlineDv, source) };
    case "p":
      return { kind: "absolute", uri: absoluteUri(descriptor.pathOrInlineDv, source) };
  }
}

/** The name, relative to the table's root, of the file that {@link uuidDescriptor} points at. */
export function deletionVectorPath(uuid: string): string {
  return `deletion_vector_${uuid.toLowerCase()}.bin`;
}

/**
 * The descriptor of a vector in the file {@link deletionVectorPath} of that UUID.
 *
 * @throws DeltaError `INVALID_ARGUMENT` for a malformed UUID.
 */
export function uuidDescriptor(uuid: string, entry: DeletionVectorEntry): DeletionVectorDescriptor {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) {
    throw new DeltaError("INVALID_ARGUMENT", `${JSON.stringify(uuid)} is not a UUID`);
  }
  return {
    storageType: "u",
    pathOrInlineDv: encodeZ85(Buffer.from(uuid.replaceAll("-", ""), "hex")),
    offset: entry.offset,
    sizeInBytes: entry.sizeInBytes,
    cardinality: entry.cardinality,
  };
}

/** A descriptor that holds the vector itself. */
export function inlineDescriptor(rows: RowIndexSet): DeletionVectorDescriptor {
  const vector = serializeRowIndexes(rows);
  const padded = new Uint8Array(paddedSize(vector.length));
  padded.set(vector);
  return {
    storageType: "i",
    pathOrInlineDv: encodeZ85(padded),
    sizeInBytes: vector.length,
    cardinality: rows.cardinality,
  };
}

/**
 * Tells the vectors of one data file apart.
 *
 * Source: PROTOCOL.md, "Derived Fields".
 */
export function uniqueId({ storageType, pathOrInlineDv, offset }: DeletionVectorDescriptor): string {
  const id = `${storageType}${pathOrInlineDv}`;
  return offset === undefined ? id : `${id}@${offset}`;
}

const uuidLength = 20;

const maxInt32 = 2 ** 31 - 1;

function assertNumbers(descriptor: DeletionVectorDescriptor, source: string): void {
  const { storageType, offset, sizeInBytes, cardinality } = descriptor;
  assertCount("sizeInBytes", sizeInBytes, maxInt32, source);
  assertCount("cardinality", cardinality, Number.MAX_SAFE_INTEGER, source);
  if (offset === undefined) return;
  if (storageType === "i")
    throw corrupt(source, `an inline deletion vector cannot have the offset ${offset}`);
  assertCount("offset", offset, maxInt32, source);
}

function assertCount(name: string, value: number, max: number, source: string): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) {
    throw corrupt(source, `${value} cannot be the ${name} of a deletion vector`);
  }
}

function inlineBytes({ pathOrInlineDv, sizeInBytes }: DeletionVectorDescriptor, source: string): Uint8Array {
  const padded = decodePaddedZ85(pathOrInlineDv, source);
  // The protocol pads with bytes; delta-rs and the Rust kernel write, and read, text that says how much its end lacks.
  if (padded.length !== paddedSize(sizeInBytes) && padded.length !== sizeInBytes) {
    throw corrupt(
      source,
      `the inline deletion vector has ${padded.length} bytes, which is not ${sizeInBytes} with padding to a multiple of 4`,
    );
  }
  return padded.subarray(0, sizeInBytes);
}

function paddedSize(size: number): number {
  return Math.ceil(size / 4) * 4;
}

function relativePath(text: string, source: string): string {
  if (text.length < uuidLength) {
    throw corrupt(source, `${JSON.stringify(text)} is too short for a deletion vector's UUID`);
  }
  const hex = Buffer.from(decodeZ85(text.slice(-uuidLength), source)).toString("hex");
  const name = deletionVectorPath(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
  const prefix = text.slice(0, -uuidLength);
  if (prefix === "") return name;
  if (!isFolderName(prefix)) {
    throw new DeltaError(
      "UNSAFE_PATH",
      `${source}: ${JSON.stringify(prefix)} is not a safe folder for a deletion vector`,
    );
  }
  return `${prefix}/${name}`;
}

/** Whether the prefix names a folder below the root in one way only, on every system. */
function isFolderName(prefix: string): boolean {
  return (
    prefix.isWellFormed() &&
    !/[\\:\p{Cc}]/u.test(prefix) &&
    prefix.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..")
  );
}

function absoluteUri(text: string, source: string): string {
  if (!/^([a-z][a-z0-9+.-]*:|\/)/i.test(text)) {
    throw corrupt(source, `${JSON.stringify(text)} is not the absolute path of a deletion vector`);
  }
  if (/\p{Cc}/u.test(text)) {
    throw new DeltaError(
      "UNSAFE_PATH",
      `${source}: the path ${JSON.stringify(text)} has a control character`,
    );
  }
  return text;
}

function corrupt(source: string, what: string): DeltaError {
  return new DeltaError("CORRUPT_LOG", `${source}: ${what}`);
}
