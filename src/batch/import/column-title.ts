import type { RawTable } from "./raw-table.ts";

/** What messages call a column: its name, or else its place. */
export function nameOf(table: RawTable, place: number | undefined): string {
  return table.names?.[place ?? -1]?.trim() ?? `column ${place}`;
}
