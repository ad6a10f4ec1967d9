import { DeltaError } from "../errors.ts";
import type { ColumnValues, Row } from "../record-batch.ts";

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

const kinds = ["rows", "columns", "batches", "sql"] as const;

/**
 * Refuses what is no source of rows, for callers without types.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function assertSource(source: unknown): void {
  const given =
    typeof source === "object" && source !== null
      ? Object.entries(source).flatMap(([name, value]) => (value === undefined ? [] : [name]))
      : [];
  const [only] = given;
  if (given.length === 1 && kinds.some((kind) => kind === only)) return;
  throw new DeltaError(
    "INVALID_ARGUMENT",
    `Rows are given as one of { rows }, { columns }, { batches } or { sql }, not ${given.length === 0 ? String(source) : `{ ${given.join(", ")} }`}`,
  );
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
