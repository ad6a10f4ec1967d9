import { DeltaError } from "finance-feedback-delta";
import type { DeltaTable, Snapshot } from "finance-feedback-delta";
import { isObject } from "finance-feedback-delta/contract";

import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { formatTableName } from "../storage/table-names.ts";
import { tableRead } from "./relations/reader-id.ts";

/** A version of a table, and the versions of other tables that its rows come from. */
export interface TableLineage {
  /** `silver.market_data_enriched` */
  readonly table: string;
  readonly version: number;
  /** None for a table that no model made. */
  readonly sources: readonly TableLineage[];
  /** Why nothing more is known: the version is gone, or stands above in this tree already. */
  readonly note?: "version not kept" | "table not found" | "own rows before";
}

/**
 * What the rows of a table's version were made from, down to Bronze. It is in the tables themselves: the commit of a model
 * names the versions that it read.
 *
 * @throws StorageError `TABLE_NOT_FOUND`; DeltaError `VERSION_NOT_FOUND`
 */
export async function tableLineage(
  lake: DeltaLakeManager,
  tableName: string,
  { version }: { readonly version?: number | undefined } = {},
): Promise<TableLineage> {
  const table = await lake.existingTable(tableName);
  const snapshot = await table.snapshot({ version });
  const wanted = tableName.toLowerCase();
  const place = (await lake.listTables()).find(
    (known) => known.name === wanted || formatTableName(known) === wanted,
  );
  return lineageOf(lake, place === undefined ? tableName : formatTableName(place), snapshot, []);
}

async function lineageOf(
  lake: DeltaLakeManager,
  table: string,
  snapshot: Snapshot,
  above: readonly string[],
): Promise<TableLineage> {
  const { version } = snapshot;
  const path = [...above, table];
  const sources: TableLineage[] = [];
  for (const [source, read] of await readsOf(lake, table, snapshot))
    sources.push(await sourceOf(lake, source, read, path));
  return { table, version, sources: sources.toSorted((left, right) => (left.table < right.table ? -1 : 1)) };
}

/** What the last model's commit read. Where the log no longer has it, what all models' commits read at last. */
async function readsOf(
  lake: DeltaLakeManager,
  table: string,
  snapshot: Snapshot,
): Promise<readonly (readonly [table: string, version: number])[]> {
  const history = await tableNamed(lake, table).history();
  for (const { version, userMetadata } of history) {
    const reads = version > snapshot.version ? undefined : readsIn(userMetadata);
    if (reads !== undefined) return reads;
  }
  return snapshot.transactions.flatMap(({ appId, version }) => {
    const source = tableRead(appId);
    return source === undefined ? [] : [[source, version] as const];
  });
}

function readsIn(userMetadata: string | undefined): (readonly [string, number])[] | undefined {
  const given = jsonOf(userMetadata ?? "");
  const reads: unknown = isObject(given) ? Reflect.get(given, "reads") : undefined;
  if (!isObject(reads)) return undefined;
  return Object.entries(reads).flatMap(([name, version]) =>
    typeof version === "number" ? [[name, version] as const] : [],
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tableNamed(lake: DeltaLakeManager, table: string): DeltaTable {
  const [layer = "", name = ""] = table.split(".");
  return lake.tableIn({ layer, name });
}

async function sourceOf(
  lake: DeltaLakeManager,
  table: string,
  version: number,
  path: readonly string[],
): Promise<TableLineage> {
  if (path.includes(table)) return { table, version, sources: [], note: "own rows before" };
  const place = tableNamed(lake, table);
  if (!(await place.exists())) return { table, version, sources: [], note: "table not found" };
  try {
    return await lineageOf(lake, table, await place.snapshot({ version }), path);
  } catch (error) {
    if (error instanceof DeltaError && error.code === "VERSION_NOT_FOUND")
      return { table, version, sources: [], note: "version not kept" };
    throw error;
  }
}
