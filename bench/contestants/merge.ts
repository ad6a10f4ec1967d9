/** Ours: a merge of columns in memory by their keys. */
import { loadCandleBatches } from "./candle-batches.ts";
import { changedTable, rowsLeft } from "./changed-table.ts";
import { measureThen, option } from "./contestant.ts";

const batches = await loadCandleBatches(option("corrections"), false);
const table = changedTable();

await measureThen(
  () =>
    table
      .merge({
        source: { batches },
        on: "target.asset_pair = source.asset_pair AND target.timestamp = source.timestamp",
      })
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute(),
  () => rowsLeft(table),
);
