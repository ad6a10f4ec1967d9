import { buffer } from "node:stream/consumers";
import { parseWithSource } from "finance-feedback-delta/contract";

import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { Part } from "./container.ts";
import { findJsonRows } from "./json-shapes.ts";
import type { JsonRows } from "./json-shapes.ts";
import { inBatches } from "./raw-table.ts";
import type { RawTable } from "./raw-table.ts";
import { decodeText, encodingOf } from "./text-encoding.ts";

/** What one text of the runtime may hold, with room to spare. */
const jsonBytesMax = 400_000_000;

/** Candles in JSON: an array, an object with one in it, columns, or one record a line. Numbers stay the text they are. */
export async function jsonTable(part: Part): Promise<RawTable> {
  const bytes = await buffer(part.open());
  if (bytes.length > jsonBytesMax)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${part.name} cannot be read: JSON of more than ${jsonBytesMax / 1e6} MB; split it, or save it as CSV or Parquet`,
    );
  const text = decodeText(bytes, encodingOf(part.head));
  const { document, isLines } = parseJson(part.name, text);
  const found = findJsonRows(document);
  if (found === undefined)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${part.name} cannot be read: there are no candles in it, neither rows nor columns with times and prices`,
    );
  return { ...tableOf(found), kind: isLines ? "JSON lines" : `JSON, ${found.shape}` };
}

function tableOf(found: JsonRows): Omit<RawTable, "kind"> {
  return {
    names: found.names,
    symbol: found.symbol,
    timeZone: found.timeZone,
    records: () => inBatches(found.rows),
  };
}

/** A document with its numbers as texts, so that none loses a digit. */
function parseJson(name: string, text: string): { readonly document: unknown; readonly isLines: boolean } {
  try {
    return { document: parseExact(text), isLines: false };
  } catch (error) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const [first = ""] = lines;
    if (lines.length < 2 || !isWhole(first)) throw refused(name, error);
    return {
      document: lines.map((line, index) => {
        try {
          return parseExact(line);
        } catch (cause) {
          throw refused(`${name}, line ${index + 1},`, cause);
        }
      }),
      isLines: true,
    };
  }
}

function refused(name: string, cause: unknown): IngestionError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new IngestionError("INVALID_ARGUMENT", `${name} cannot be read: ${why}`, { cause });
}

function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function parseExact(text: string): unknown {
  // NaN and Infinity, which Python writes, stand for no value.
  const plain = /\b(?:NaN|Infinity)\b/.test(text)
    ? text.replaceAll(/([[,:]\s*)-?(?:NaN|Infinity)(?=\s*[\],}])/g, "$1null")
    : text;
  return parseWithSource(plain, (_key, value, context) =>
    typeof value === "number" ? (context.source ?? String(value)) : value,
  );
}
