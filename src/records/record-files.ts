/**
 * The records in a folder, file by file: JSON documents with one record or a list of them, and JSON lines. A file of lines is
 * read in pieces, so that its size does not matter. What cannot be read is told where it stands, and the rest goes on.
 */
import { createReadStream } from "node:fs";
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";

import { isJsonList, isJsonObject, writeJson } from "./json/json-value.ts";
import { readJson } from "./json/read-json.ts";
import { kindOfPlace } from "./record-kinds.ts";
import type { RecordKind } from "./record-kinds.ts";
import { readRecord, readRecordValue } from "./record-reading.ts";
import type { FailedRecord, RecordReading } from "./record-reading.ts";

/** A record that was read, or why it was not, and where it stands. */
export interface FoundRecord {
  readonly reading: RecordReading;
  /** `decisions/2026-01-05_d-17.json`, or with the line behind it: `trade_outcomes/2026-02-14.jsonl:3`. */
  readonly source: string;
  readonly line: number | undefined;
  /** How long its text is. */
  readonly size: number;
}

/** The files below a folder, in the order of their names. */
export interface RecordFiles {
  /** Files that may hold records. */
  readonly paths: readonly string[];
  /** Files of other kinds, which are left alone. */
  readonly others: readonly string[];
}

/** Lists a folder, or the one file that is given in its place. Names that begin with a point are the system's. */
export async function listRecordFiles(path: string): Promise<RecordFiles> {
  const paths: string[] = [];
  const others: string[] = [];
  if ((await stat(path)).isFile()) return { paths: [path], others };
  const pending = [path];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = (await readdir(folder, { withFileTypes: true })).filter(
      ({ name }) => !name.startsWith("."),
    );
    for (const entry of entries) {
      const inside = join(folder, entry.name);
      if (entry.isDirectory()) pending.push(inside);
      // A link to a folder might lead back to where it stands.
      else if (/\.(?:json|jsonl|ndjson)$/i.test(entry.name) && (await isFile(entry, inside)))
        paths.push(inside);
      else others.push(inside);
    }
  }
  return { paths: paths.toSorted(), others: others.toSorted() };
}

async function isFile(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** What one document, or one line, may be long: longer ones are no records. */
export interface SizeLimits {
  readonly documentBytes: number;
  readonly lineBytes: number;
}

const usualSizes: SizeLimits = { documentBytes: 64_000_000, lineBytes: 16_000_000 };

/** @param root sources are named from there. */
export async function* recordsOfFile(
  path: string,
  root: string,
  sizes: SizeLimits = usualSizes,
): AsyncGenerator<FoundRecord> {
  const name = path === root ? basename(path) : relative(root, path).split(sep).join("/");
  const expected = kindOfPlace(path);
  if (/\.json$/i.test(path)) yield* recordsOfDocument(path, name, expected, sizes);
  else yield* recordsOfLines(path, name, expected, sizes);
}

async function* recordsOfDocument(
  path: string,
  name: string,
  expected: RecordKind | undefined,
  sizes: SizeLimits,
): AsyncGenerator<FoundRecord> {
  const { size } = await stat(path);
  if (size > sizes.documentBytes) {
    const reason = `one document of more than ${sizes.documentBytes / 1e6} MB: write one record a line, in a file .jsonl`;
    yield { reading: unread(expected, reason, null), source: name, line: undefined, size: 0 };
    return;
  }
  const bytes = withoutMark(await readFile(path));
  const text = decoded(bytes);
  if (text === undefined) {
    yield { reading: notUtf8(expected, bytes), source: name, line: undefined, size };
    return;
  }
  const document = readJson(text.trim());
  if ("value" in document && isJsonList(document.value)) {
    for (const [index, item] of document.value.entries()) {
      const itemText = writeJson(item);
      const reading = readRecordValue(item, itemText, expected);
      yield { reading, source: `${name}#${index + 1}`, line: undefined, size: itemText.length };
    }
  } else if ("problem" in document && areLines(text)) {
    for (const [index, line] of text.split("\n").entries())
      if (line.trim() !== "")
        yield {
          reading: readRecord(line, expected),
          source: `${name}:${index + 1}`,
          line: index + 1,
          size: line.length,
        };
  } else yield { reading: readRecord(text, expected), source: name, line: undefined, size };
}

/** Whether a document that is no JSON as a whole has a record on its first line, and more behind it. */
function areLines(text: string): boolean {
  const [first = "", ...rest] = text.split("\n").filter((line) => line.trim() !== "");
  if (rest.length === 0) return false;
  const reading = readJson(first.trim());
  return "value" in reading && isJsonObject(reading.value);
}

async function* recordsOfLines(
  path: string,
  name: string,
  expected: RecordKind | undefined,
  sizes: SizeLimits,
): AsyncGenerator<FoundRecord> {
  for await (const { bytes, number, isCut, isWhole } of linesOf(path, sizes.lineBytes)) {
    const line = number === 1 ? withoutMark(bytes) : bytes;
    const place = { source: `${name}:${number}`, line: number, size: line.length };
    if (isWhole) {
      const text = decoded(line);
      if (text === undefined) yield { ...place, reading: notUtf8(expected, line) };
      else if (text.trim() !== "") yield { ...place, reading: inLine(text, expected, isCut) };
    } else {
      const reason = `a line of more than ${sizes.lineBytes / 1e6} MB: its begin is kept, the file has the rest`;
      yield { ...place, reading: unread(expected, reason, line.toString("latin1", 0, 1000)) };
    }
  }
}

/** @param isCut whether the file ends without the end of the line. */
function inLine(text: string, expected: RecordKind | undefined, isCut: boolean): RecordReading {
  const reading = readRecord(text, expected);
  if (!isCut || !("reason" in reading) || !reading.reason.startsWith("not JSON")) return reading;
  return { ...reading, reason: `the file ends in the middle of its last line: ${reading.reason}` };
}

interface Line {
  readonly bytes: Buffer;
  readonly number: number;
  readonly isCut: boolean;
  /** Whether all of it is here: of one that is too long only the begin is. */
  readonly isWhole: boolean;
}

const lineFeed = 10;

async function* linesOf(path: string, lineBytesMax: number): AsyncGenerator<Line> {
  let number = 0;
  let parts: Buffer[] = [];
  let length = 0;
  let isWhole = true;
  const take = (part: Buffer): void => {
    if (length + part.length > lineBytesMax) isWhole = false;
    else {
      parts.push(part);
      length += part.length;
    }
  };
  const line = (isCut: boolean): Line => {
    const finished = { bytes: Buffer.concat(parts), number: (number += 1), isCut, isWhole };
    parts = [];
    length = 0;
    isWhole = true;
    return finished;
  };
  for await (const chunk of createReadStream(path)) {
    const data = asBuffer(chunk);
    let start = 0;
    for (let end = data.indexOf(lineFeed); end >= 0; end = data.indexOf(lineFeed, start)) {
      take(data.subarray(start, end));
      yield line(false);
      start = end + 1;
    }
    take(data.subarray(start));
  }
  if (length > 0 || !isWhole) yield line(true);
}

function asBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new TypeError("a stream of a file gives bytes");
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** `undefined` for bytes that are not UTF-8. */
export function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The bytes as they are: read in another encoding they would become other characters. */
function notUtf8(kind: RecordKind | undefined, bytes: Buffer): FailedRecord {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const reason = isUtf16 ? "UTF-16, not UTF-8: save the file as UTF-8" : "not UTF-8";
  return unread(kind, reason, { base64: bytes.toString("base64") });
}

function unread(kind: RecordKind | undefined, reason: string, raw: unknown): FailedRecord {
  return { kind, reason, id: undefined, timeMs: undefined, raw };
}
