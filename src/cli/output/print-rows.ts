import type { RecordBatch } from "../../delta/index.ts";
import { jsonRows } from "./json-value.ts";
import { renderTable } from "./terminal-table.ts";
import { writeOut } from "./write-out.ts";

/** Rows that a table on the terminal shows unless the user says how many; `--json` gives all. */
const defaultShownRows = 100;

/** Prints an answer as it comes: all of it as a JSON array, or its beginning as a table. */
export async function printBatches(
  columnNames: readonly string[],
  batches: AsyncIterable<RecordBatch>,
  asJson: boolean,
  shownRowsMax: number = defaultShownRows,
): Promise<void> {
  if (asJson) {
    let separator = "[";
    for await (const batch of batches) {
      const rows = jsonRows(batch).map((row) => JSON.stringify(row));
      if (rows.length === 0) continue;
      await writeOut(`${separator}\n${rows.join(",\n")}`);
      separator = ",";
    }
    await writeOut(separator === "[" ? "[]\n" : "\n]\n");
    return;
  }
  const shown: Record<string, unknown>[] = [];
  let count = 0;
  for await (const batch of batches) {
    if (shown.length < shownRowsMax) shown.push(...jsonRows(batch).slice(0, shownRowsMax - shown.length));
    count += batch.rowCount;
  }
  await writeOut(renderTable(columnNames, shown));
  const rest = count - shown.length;
  if (rest > 0) await writeOut(`... and ${rest} more rows (--json shows all)\n`);
  else await writeOut(`${count} ${count === 1 ? "row" : "rows"}\n`);
}

/** Prints a list of a command's own making. */
export async function printList(
  columnNames: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
  asJson: boolean,
): Promise<void> {
  await writeOut(asJson ? `${JSON.stringify(rows, null, 2)}\n` : renderTable(columnNames, rows));
}
