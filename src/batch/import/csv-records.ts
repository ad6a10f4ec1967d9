import { parse } from "csv-parse";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
// By its whole name: an older Node, which has no such part of it, must come as far as to be told so.
import * as zlib from "node:zlib";

/** A text file as its lines begin, to tell what it is before it is read. */
const headBytes = 65_536;
/** No record of a CSV file is longer, so that a quote that is never closed does not fill the memory. */
const recordBytesMax = 1_000_000;

/** The first lines of a text file, compressed or not. */
export async function firstLines(path: string): Promise<readonly string[]> {
  const stream = openText(path);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    size += chunk.length;
    if (size >= headBytes) break;
  }
  const text = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  return text.split(/\r\n|\n|\r/);
}

/** The cells of a line, for a look at the header. */
export function cellsOf(line: string, delimiter: string): readonly string[] {
  return line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}

/**
 * The records of a CSV file from a line on, with as many cells as each has: none is left out because it has too few or
 * too many.
 *
 * @param firstLine the line to begin at, counted from 1.
 */
export async function* csvRecords(
  path: string,
  delimiter: string,
  firstLine: number,
): AsyncGenerator<readonly string[]> {
  const stream = openText(path);
  const parser = parse({
    bom: true,
    delimiter,
    from_line: firstLine,
    max_record_size: recordBytesMax,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  stream.on("error", (error) => parser.destroy(error));
  stream.pipe(parser);
  try {
    for await (const record of parser) if (isRecord(record)) yield record;
  } finally {
    stream.destroy();
  }
}

function isRecord(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((cell) => typeof cell === "string");
}

function openText(path: string): Readable {
  const file = createReadStream(path);
  const unpacker = /\.gz$/i.test(path)
    ? zlib.createGunzip()
    : /\.zst$/i.test(path)
      ? zlib.createZstdDecompress()
      : undefined;
  if (unpacker === undefined) return file;
  file.on("error", (error) => unpacker.destroy(error));
  unpacker.on("close", () => file.destroy());
  return file.pipe(unpacker);
}
