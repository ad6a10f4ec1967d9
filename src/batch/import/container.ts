import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Duplex, Readable } from "node:stream";
// By its whole name: an older Node, which has no such part of it, must come as far as to be told so.
import * as zlib from "node:zlib";

import { IngestionError } from "../../bronze/ingestion-error.ts";
import { zipEntries } from "./zip-archive.ts";

/** A file, or one in an archive, unpacked. */
export interface Part {
  /** For messages, and for `_source_file`: `bars.zip/bars.csv` of what lies in an archive. */
  readonly name: string;
  /** Where its bytes lie as they are; `undefined` of what is packed. */
  readonly plainPath: string | undefined;
  /** How it begins, unpacked. */
  readonly head: Buffer;
  open(): Readable;
}

/** As much of a file as tells what it is. */
const headBytes = 65_536;

/**
 * What is in a file, by its first bytes and not by its name: itself, unpacked where it is gzip or Zstandard, or each file
 * of a ZIP archive.
 *
 * @throws IngestionError `INVALID_ARGUMENT` for a file that is not there, is empty, or is of a kind that holds no candles.
 */
export async function openParts(path: string): Promise<readonly Part[]> {
  await assertFile(path);
  const head = await readStart(path);
  if (head.subarray(0, 4).equals(Buffer.from("PK\u0003\u0004"))) {
    const entries = await zipEntries(path).catch((error: unknown) => {
      throw refused(path, error instanceof Error ? error.message : String(error), error);
    });
    if (entries.some(({ name }) => name === "[Content_Types].xml"))
      throw refused(path, "it is an Excel workbook; save the sheet as CSV");
    const parts = entries.map(async (entry) =>
      unpackedPart(`${path}/${entry.name}`, undefined, () => entry.open()),
    );
    if (parts.length === 0) throw refused(path, "there is no file in the archive");
    return Promise.all(parts);
  }
  return [await unpackedPart(path, path, () => createReadStream(path))];
}

/** Who packs a file that is packed already does so once, or by mistake twice. */
const packingsMax = 4;

/** A file, unpacked as often as it is packed. */
async function unpackedPart(
  name: string,
  plainPath: string | undefined,
  start: () => Readable,
  packings = 0,
): Promise<Part> {
  const part = await partOf(name, plainPath, start);
  const { head } = part;
  const unpacker = unpackers.find(({ magic }) => startsWith(head, magic));
  if (unpacker !== undefined && packings < packingsMax)
    return unpackedPart(name, undefined, () => piped(start(), unpacker.create()), packings + 1);
  const foreign = foreignKinds.find(({ magic }) => startsWith(head, magic));
  if (foreign !== undefined) throw refused(name, foreign.why);
  return part;
}

function startsWith(head: Buffer, magic: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic);
}

const unpackers: readonly { readonly magic: Buffer; create(): Duplex }[] = [
  { magic: Buffer.from([0x1f, 0x8b]), create: () => zlib.createGunzip() },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), create: () => zlib.createZstdDecompress() },
];

/** What people take for a file of candles, and what to do about it. */
const foreignKinds: readonly { readonly magic: Buffer; readonly why: string }[] = [
  {
    magic: Buffer.from("PK\u0003\u0004"),
    why: "it is an archive in an archive; unpack the outer one first",
  },
  { magic: Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), why: "it is an Excel workbook; save the sheet as CSV" },
  { magic: Buffer.from([0x89, 0x48, 0x44, 0x46]), why: "it is HDF5; save it as CSV, Parquet or Feather" },
  { magic: Buffer.from("FEA1"), why: "it is Feather of version 1; save it as Feather 2, Parquet or CSV" },
  { magic: Buffer.from("BZh"), why: "it is packed with bzip2; unpack it first" },
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), why: "it is packed with xz; unpack it first" },
  { magic: Buffer.from([0x37, 0x7a, 0xbc, 0xaf]), why: "it is a 7-Zip archive; unpack it first" },
  { magic: Buffer.from("Rar!"), why: "it is a RAR archive; unpack it first" },
  { magic: Buffer.from("SQLite format 3"), why: "it is an SQLite database; export the table as CSV" },
];

function refused(path: string, why: string, cause?: unknown): IngestionError {
  return new IngestionError("INVALID_ARGUMENT", `${path} cannot be read: ${why}`, { cause });
}

async function partOf(name: string, plainPath: string | undefined, start: () => Readable): Promise<Part> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = start();
  try {
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) continue;
      chunks.push(chunk);
      size += chunk.length;
      if (size >= headBytes) break;
    }
  } catch (error) {
    throw refused(name, error instanceof Error ? error.message : String(error), error);
  } finally {
    stream.destroy();
  }
  const head = Buffer.concat(chunks);
  if (head.length === 0) throw refused(name, "it is empty");
  return { name, plainPath, head, open: start };
}

function piped(source: Readable, unpacker: Duplex): Readable {
  source.on("error", (error) => unpacker.destroy(error));
  unpacker.on("close", () => source.destroy());
  return source.pipe(unpacker);
}

async function assertFile(path: string): Promise<void> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw refused(path, error.code === "ENOENT" ? "it does not exist" : error.message, error);
  });
  if (info.isDirectory()) throw refused(path, "it is a folder");
  if (info.size === 0) throw refused(path, "it is empty");
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(16);
    await file.read(buffer, 0, buffer.length, 0);
    return buffer;
  } finally {
    await file.close();
  }
}
