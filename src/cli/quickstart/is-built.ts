import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { formatTableName } from "../../storage/table-names.ts";
import type { RunnableNode } from "../../transform/run/node-executor.ts";
import type { ProjectFiles } from "../../transform/run/project-files.ts";

/**
 * Whether the last run built all of this, and Bronze has no new rows since it began. Then the same rows would give the same
 * tables.
 */
export async function isBuilt(
  nodes: readonly RunnableNode[],
  files: ProjectFiles,
  lake: DeltaLakeManager,
): Promise<boolean> {
  const previous = await files.previousRun().catch(() => undefined);
  if (previous?.startedAt === undefined || previous.args.which !== "build") return false;
  const { startedAt, statuses, toRetry } = previous;
  if (toRetry.length > 0 || nodes.some(({ uniqueId }) => !statuses.has(uniqueId))) return false;
  const tables = (await lake.listTables()).map(formatTableName);
  const isThere = new Set(tables);
  for (const node of nodes) if (isTable(node) && !isThere.has(`${node.schema}.${node.alias}`)) return false;
  for (const table of tables) {
    if (!table.startsWith("bronze.")) continue;
    const [newest] = await lake.getTableHistory(table, 1);
    if (newest !== undefined && newest.timestamp >= startedAt) return false;
  }
  return true;
}

function isTable({ resourceType, config }: RunnableNode): boolean {
  return resourceType === "seed" || (resourceType === "model" && config.materialized !== "view");
}
