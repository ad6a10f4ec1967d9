/** Ours: bin-packing, or a Z-order by asset and time. */
import { changedTable, rowsLeft } from "./changed-table.ts";
import { measureThen, option } from "./contestant.ts";

const targetSizeBytes = Number(option("target-bytes"));
const zOrderBy = option("kind") === "zorder" ? ["asset_pair", "timestamp"] : undefined;
const table = changedTable();

await measureThen(
  () => table.optimize({ targetSizeBytes, zOrderBy }),
  () => rowsLeft(table),
);
