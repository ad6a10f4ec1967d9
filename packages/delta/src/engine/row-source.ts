import { DeltaError } from "../errors.ts";
import { shown } from "../contract/shown.ts";
import type { ColumnValues, Row } from "./record-batch.ts";

/**
 * Rows on their way into a table:
 *
 * - `rows`: objects; a missing key is null. Values as `RecordBatch.toRows` gives them; besides, numbers and bigints for
 *   decimals, ISO text or Date for timestamps, Date at midnight UTC for dates.
 * - `columns`: one entry a column, of one length; typed arrays as in `Column` (a BigInt64Array holds unscaled values for
 *   decimals of any width), plain arrays with the values of rows, or `{ constant }` for a value that all rows share.
 * - `batches`: any number of the two, with memory bounded by one batch and the engine's buffers.
 * - `sql`: a query that the engine runs itself, over files and functions that it knows.
 */
export type RowSource =
  | { readonly rows: readonly Row[] }
  | { readonly columns: ColumnSet }
  | { readonly batches: AsyncIterable<RowBatch> | Iterable<RowBatch> }
  | { readonly sql: string };

export type RowBatch = { readonly rows: readonly Row[] } | { readonly columns: ColumnSet };

export interface ColumnSet {
  readonly rowCount: number;
  readonly columns: Readonly<Record<string, ColumnInput>>;
}

export type ColumnInput =
  | ColumnValues
  | { readonly values: ColumnValues; readonly validity?: Uint8Array | undefined }
  | { readonly constant: unknown };

/** Whether the rows are there a second time: a stream of batches is gone once it was read. */
export function canReadAgain(source: RowSource): boolean {
  return !("batches" in source);
}

/** What each kind of source is, and whether a value is one. */
const kinds: ReadonlyMap<string, readonly [expects: string, fits: (value: unknown) => boolean]> = new Map([
  ["rows", ["a list of objects", Array.isArray]],
  [
    "columns",
    [
      "an object of rowCount and columns",
      (value) => isObject(value) && isObject(Reflect.get(value, "columns")),
    ],
  ],
  [
    "batches",
    [
      "something to iterate over",
      (value) => isObject(value) && (Symbol.iterator in value || Symbol.asyncIterator in value),
    ],
  ],
  ["sql", ["a query, as a text", (value) => typeof value === "string" && value.trim() !== ""]],
]);

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/**
 * Refuses what is no source of rows, for callers without types.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function assertSource(source: unknown): void {
  const given = isObject(source) ? Object.entries(source).filter(([, value]) => value !== undefined) : [];
  const [name = "", value] = given[0] ?? [];
  const kind = given.length === 1 ? kinds.get(name) : undefined;
  if (kind === undefined)
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `A source of rows is one of { rows }, { columns }, { batches }, { sql } or { table }, not ${shown(source)}`,
    );
  const [expects, fits] = kind;
  if (fits(value)) return;
  throw new DeltaError("INVALID_ARGUMENT", `A source's ${name} is ${expects}, not ${shown(value)}`);
}

/**
 * Refuses columns that do not say how many rows they have: they would be none.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function assertRowCount({ rowCount }: ColumnSet): void {
  if (Number.isSafeInteger(rowCount) && rowCount >= 0) return;
  throw new DeltaError(
    "INVALID_ARGUMENT",
    `Columns are given with the number of their rows, as { columns: { rowCount, columns } }; rowCount is ${String(rowCount)}`,
  );
}
