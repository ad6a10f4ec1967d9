import { fitTable } from "./terminal-table.ts";
import type { TableStyle } from "./terminal-table.ts";
import { terminalWidth } from "./terminal-width.ts";
import { writeOut } from "./write-out.ts";

export interface ListStyle extends Omit<TableStyle, "width"> {
  /** Shows every column, however long the lines get. */
  readonly showsEveryColumn?: boolean | undefined;
  /** The hint how to see the columns without room. */
  readonly showsAll?: string;
}

/** Prints a list that the command itself makes, not rows of a table. */
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
  const { showsEveryColumn = false, showsAll = "--json, or a wider terminal, shows all" } = style;
  const width = showsEveryColumn ? undefined : terminalWidth();
  const { text, hidden } = fitTable(columnNames, rows, { ...style, width });
  await writeOut(text);
  if (hidden.length > 0) await writeOut(`Not shown: ${hidden.join(", ")} (${showsAll})\n`);
}

/** Prints such a list as a table for people. */
export async function printTable(
  columnNames: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
  style: ListStyle = {},
): Promise<void> {
  await printList(columnNames, rows, false, style);
}
