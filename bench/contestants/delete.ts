/** Ours: a delete of the rows that a filter chooses. */
import { changedTable, rowsLeft } from "./changed-table.ts";
import { measureThen, option } from "./contestant.ts";

const where = option("where");
const table = changedTable();

await measureThen(
  () => table.delete({ where }),
  () => rowsLeft(table),
);
