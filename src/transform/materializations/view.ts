import { TransformError } from "../transform-error.ts";
import { placeText } from "../relations/relation-place.ts";
import { dropTable } from "../relations/drop-table.ts";
import { columnsOfQuery } from "./bound-query.ts";
import type { Materialization, Materialized } from "./materialize.ts";

/**
 * Keeps a SELECT under its name. It is checked now, and run whenever a query names it.
 *
 * @throws TransformError `TABLE_IN_THE_WAY` where a table has the name, unless the run is a full refresh: then the table
 *   goes, with its history.
 */
export async function materializeView(work: Materialization): Promise<Materialized> {
  const { lake, place, sql, isFullRefresh } = work;
  await columnsOfQuery(work);
  const table = lake.tableIn(place);
  const isTable = await table.exists();
  if (isTable && !isFullRefresh)
    throw new TransformError(
      "TABLE_IN_THE_WAY",
      `${placeText(place)} is a table, and ${work.uniqueId} would be a view of that name. The table was kept.`,
      { nextStep: "Run it with --full-refresh: the table goes then, with its history." },
    );
  await lake.catalog.putView({ ...place, sql });
  if (isTable) await dropTable(table.store);
  return { message: "CREATE VIEW", isCommitted: true };
}
