import { CompressionType, compressionRegistry, DataType, Precision, tableFromIPC } from "apache-arrow";
import type { Table, Vector } from "apache-arrow";
import { buffer } from "node:stream/consumers";
import * as zlib from "node:zlib";

import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { Part } from "./container.ts";
import { unpackLz4Frame } from "./lz4-frame.ts";
import { batchRecords } from "./raw-table.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";

/** Whether a file begins as Feather 2 and files of Arrow do, or as a stream of Arrow does. */
export function isArrow(head: Buffer): boolean {
  return head.subarray(0, 6).toString("latin1") === "ARROW1" || head.readUInt32LE(0) === 0xff_ff_ff_ff;
}

/** Feather 2 and Arrow IPC, as files or streams, plain or packed by LZ4 or Zstandard. */
export async function arrowTable(part: Part): Promise<RawTable> {
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: unpackLz4Frame });
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => zlib.zstdDecompressSync(bytes) });
  const bytes = await buffer(part.open());
  const table = readTable(part, bytes);
  const names = table.schema.fields.map(({ name }) => name);
  const columns = table.schema.fields.map(({ type }, index) => ({
    column: table.getChildAt(index),
    textOf: textReader(type),
  }));
  return {
    kind: "Arrow (Feather)",
    names,
    async *records() {
      for (let start = 0; start < table.numRows; start += batchRecords) {
        const end = Math.min(start + batchRecords, table.numRows);
        const batch: RawRecord[] = [];
        for (let row = start; row < end; row += 1)
          batch.push(columns.map(({ column, textOf }) => textAt(column, row, textOf)));
        yield batch;
      }
    },
  };
}

function readTable(part: Part, bytes: Buffer): Table {
  try {
    return tableFromIPC(new Uint8Array(bytes));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${part.name} cannot be read: it is not an Arrow file, or a damaged one (${why})`,
      {
        cause: error,
      },
    );
  }
}

function textAt(
  column: Vector | null,
  row: number,
  textOf: (value: unknown) => string | undefined,
): string | undefined {
  const value: unknown = column?.get(row);
  return value === null || value === undefined ? undefined : textOf(value);
}

/** The text that means the same as a value, and the shortest one of a binary number. */
function textReader(type: DataType): (value: unknown) => string | undefined {
  if (DataType.isTimestamp(type)) {
    const zone = typeof type.timezone === "string" && type.timezone !== "" ? "Z" : "";
    return (value) => (typeof value === "number" ? isoText(value, zone) : undefined);
  }
  if (DataType.isDate(type)) return (value) => (typeof value === "number" ? isoText(value, "") : undefined);
  if (DataType.isDecimal(type)) {
    const { scale, bitWidth } = type;
    return (value) => (value instanceof Uint32Array ? scaled(wholeOf(value, bitWidth), scale) : undefined);
  }
  if (DataType.isFloat(type) && type.precision === Precision.SINGLE)
    return (value) => (typeof value === "number" ? shortestSingle(value) : undefined);
  return (value) => {
    const isPlain = typeof value === "number" || typeof value === "bigint" || typeof value === "string";
    return isPlain || typeof value === "boolean" ? String(value) : undefined;
  };
}

/** The whole number that words hold, the least one first. */
function wholeOf(words: Uint32Array, bitWidth: number): bigint {
  const value = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return BigInt.asIntN(bitWidth, value);
}

function isoText(ms: number, zone: string): string | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace("Z", zone);
}

function scaled(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${value < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? "." : ""}${digits.slice(point)}`;
}

/** The shortest decimal that is this number among those of single precision. */
function shortestSingle(value: number): string {
  for (let digits = 1; digits < 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
