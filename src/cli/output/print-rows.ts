import type { RecordBatch, StructType } from "finance-feedback-delta";

import { jsonRows } from "./json-value.ts";
import { fitTable } from "./terminal-table.ts";
import type { TableStyle } from "./terminal-table.ts";
import { writeOut } from "./write-out.ts";

/** Rows that a table on the terminal shows unless the user says how many. */
const defaultShownRows = 100;

export interface RowTable {
  /** Rows to show. */
  readonly limit?: number | undefined;
  /** Columns of bookkeeping that the query names, and so wants. */
  readonly named?: ReadonlySet<string> | undefined;
  /** Shows every column, however long the lines get. */
  readonly isWhole?: boolean | undefined;
  /** What shows the columns that found no room. */
  readonly showsAll: string;
  /** Of the terminal; lines are as long as they need to be when left out. */
  readonly width?: number | undefined;
}

/** The beginning of an answer as a table. */
export async function tableText(
  { fields }: StructType,
  batches: AsyncIterable<RecordBatch>,
  { limit = defaultShownRows, named, isWhole = false, showsAll, width }: RowTable,
): Promise<string> {
  const shown: Readonly<Record<string, unknown>>[] = [];
  let count = 0;
  for await (const batch of batches) {
    if (shown.length < limit) shown.push(...jsonRows(batch).slice(0, limit - shown.length));
    count += batch.rowCount;
  }
  const names = fields.map(({ name }) => name);
  const bookkeeping = names.filter((name) => isBookkeeping(name) && named?.has(name) !== true);
  const ordered = isWhole ? names : [...names.filter((name) => !bookkeeping.includes(name)), ...bookkeeping];
  const { text, hidden } = fitTable(ordered, shown, {
    width: isWhole ? undefined : width,
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

/** Where a row came from and where it lies, which is not what it says. */
function isBookkeeping(column: string): boolean {
  return column.startsWith("_") || column.startsWith("partition_");
}

export interface ListStyle extends Omit<TableStyle, "width"> {
  /** Shows every column, however long the lines get. */
  readonly isWhole?: boolean | undefined;
  /** What shows the columns that found no room. */
  readonly showsAll?: string;
}

/** Prints a list of a command's own making. */
export async function printList(
  columnNames: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
  asJson: boolean,
  style: ListStyle = {},
): Promise<void> {
  if (asJson) {
    await writeOut(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const { isWhole = false, showsAll = "--json, or a wider terminal, shows all" } = style;
  const width = isWhole ? undefined : terminalWidth();
  const { text, hidden } = fitTable(columnNames, rows, { ...style, width });
  await writeOut(text);
  if (hidden.length > 0) await writeOut(`Not shown: ${hidden.join(", ")} (${showsAll})\n`);
}

/** Prints a table of a command's own making for people. */
export async function printTable(
  columnNames: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
  style: ListStyle = {},
): Promise<void> {
  await printList(columnNames, rows, false, style);
}

/** Columns of the terminal; `undefined` where stdout is a file or a pipe, so that nothing is cut there. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}
