import type { ObjectStore } from "finance-feedback-delta";

/**
 * Deletes a table with its history. Its log goes first, newest entry first and the first commit last but one step: what a
 * crash leaves is an older version of the table, or files that no table names.
 */
export async function dropTable(store: ObjectStore): Promise<void> {
  const log: string[] = [];
  const data: string[] = [];
  for await (const { path } of store.listRecursively(""))
    (path.startsWith("_delta_log/") ? log : data).push(path);
  for (const path of log.toSorted().toReversed()) await store.delete(path);
  await store.deleteMany(data);
}
