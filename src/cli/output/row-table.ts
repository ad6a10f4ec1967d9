import type { RecordBatch, StructType } from "finance-feedback-delta";

import { jsonRows } from "./json-value.ts";
import { fitTable } from "./terminal-table.ts";

/** Rows that a table on the terminal shows unless the user says how many. */
const defaultShownRows = 100;

export interface RowTable {
  /** Rows to show. */
  readonly limit?: number | undefined;
  /** Bookkeeping columns that the query names, so they are shown. */
  readonly named?: ReadonlySet<string> | undefined;
  /** Shows every column, however long the lines get. */
  readonly showsEveryColumn?: boolean | undefined;
  /** The hint how to see the columns without room. */
  readonly showsAll: string;
  /** The terminal's width; no limit when left out. */
  readonly width?: number | undefined;
}

/** The beginning of a result as a table. */
export async function tableText(
  { fields }: StructType,
  batches: AsyncIterable<RecordBatch>,
  { limit = defaultShownRows, named, showsEveryColumn = false, showsAll, width }: RowTable,
): Promise<string> {
  const shown: Readonly<Record<string, unknown>>[] = [];
  let count = 0;
  for await (const batch of batches) {
    if (shown.length < limit) shown.push(...jsonRows(batch).slice(0, limit - shown.length));
    count += batch.rowCount;
  }
  const names = fields.map(({ name }) => name);
  const bookkeeping = names.filter((name) => isBookkeeping(name) && named?.has(name) !== true);
  const ordered = showsEveryColumn
    ? names
    : [...names.filter((name) => !bookkeeping.includes(name)), ...bookkeeping];
  const { text, hidden } = fitTable(ordered, shown, {
    width: showsEveryColumn ? undefined : width,
    optional: bookkeeping,
  });
  const rest = count - shown.length;
  const rows =
    rest > 0
      ? `... and ${rest} more rows (--limit shows more, --format csv all)`
      : `${count} ${count === 1 ? "row" : "rows"}`;
  const more = hidden.length === 0 ? "" : `; not shown: ${hidden.join(", ")} (${showsAll})`;
  return `${text}${rows}${more}\n`;
}

/** Whether a column is about a row's origin or place, not its content. */
function isBookkeeping(column: string): boolean {
  return column.startsWith("_") || column.startsWith("partition_");
}
