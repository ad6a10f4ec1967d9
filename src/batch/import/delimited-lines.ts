import { CsvError, parse } from "csv-parse";
import { parse as parseAtOnce } from "csv-parse/sync";
import { Readable } from "node:stream";

import { batchRecords } from "./raw-table.ts";
import type { RawRecord } from "./raw-table.ts";

/** No line is longer, so that a quote that is never closed does not fill the memory. */
const lineCharactersMax = 1_000_000;

const csvOptions = {
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  max_record_size: lineCharactersMax,
  record_delimiter: ["\r\n", "\n", "\r"],
};

/** The cells of a line, for a look at it. */
export function cellsOf(line: string, delimiter: string): readonly string[] {
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim());
  try {
    return quotedCells(line, delimiter).map((cell) => cell.trim());
  } catch {
    return line.split(delimiter).map((cell) => cell.trim());
  }
}

/**
 * The records of a delimited text from a line on, with as many cells as each has. Lines without quotes, nearly all of all
 * files of candles, are split where they stand; a text that has quotes takes the way of the library.
 *
 * @param linesBefore lines to pass over.
 */
export async function* delimitedRecords(
  chunks: AsyncIterable<string>,
  delimiter: string,
  linesBefore: number,
  hasQuotes: boolean,
): AsyncGenerator<readonly RawRecord[]> {
  if (hasQuotes) {
    yield* quotedRecords(chunks, delimiter, linesBefore);
    return;
  }
  let batch: RawRecord[] = [];
  let toSkip = linesBefore;
  for await (const lines of linesOf(chunks)) {
    for (const line of lines) {
      if (toSkip > 0) toSkip -= 1;
      else if (line !== "")
        batch.push(line.includes('"') ? quotedCells(line, delimiter) : line.split(delimiter));
    }
    if (batch.length < batchRecords) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Lines that end in any of the usual ways. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let rest = "";
  for await (const chunk of chunks) {
    let text = rest + chunk;
    rest = "";
    if (text.includes("\r")) {
      // What ends in a carriage return may go on with the line feed of the same line's end.
      if (text.endsWith("\r")) {
        rest = "\r";
        text = text.slice(0, -1);
      }
      text = text.replaceAll(/\r\n?/g, "\n");
    }
    const lines = text.split("\n");
    rest = (lines.pop() ?? "") + rest;
    if (rest.length > lineCharactersMax)
      throw new CsvError("CSV_MAX_RECORD_SIZE", `a line is longer than ${lineCharactersMax} characters`);
    yield lines;
  }
  yield rest.split("\r");
}

function quotedCells(line: string, delimiter: string): readonly string[] {
  const records: unknown = parseAtOnce(line, { ...csvOptions, delimiter });
  const [record] = Array.isArray(records) ? records : [];
  return isRecord(record) ? record : [];
}

async function* quotedRecords(
  chunks: AsyncIterable<string>,
  delimiter: string,
  linesBefore: number,
): AsyncGenerator<readonly RawRecord[]> {
  const parser = parse({ ...csvOptions, delimiter, from_line: linesBefore + 1 });
  const text = Readable.from(chunks);
  text.on("error", (error) => parser.destroy(error));
  text.pipe(parser);
  let batch: RawRecord[] = [];
  try {
    for await (const record of parser) {
      if (!isRecord(record)) continue;
      batch.push(record);
      if (batch.length < batchRecords) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  } finally {
    text.destroy();
  }
}

function isRecord(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((cell) => typeof cell === "string");
}
