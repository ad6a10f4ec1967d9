/** Ours: a delete of the rows that a filter chooses. */
import { changedTable, rowsLeft, setUpVectors } from "./changed-table.ts";
import { measureThen, option } from "./contestant.ts";

const where = option("where");
const table = changedTable();
await setUpVectors(table);

await measureThen(
  () => table.delete({ where }),
  () => rowsLeft(table),
);
