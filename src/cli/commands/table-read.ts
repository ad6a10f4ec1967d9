import { quoteName } from "finance-feedback-delta";
import type { ScanOptions } from "finance-feedback-delta";

import type { ChangesOptions, ReadOptions } from "../grammar/table-reading.ts";
import { withLakehouse } from "../lakehouse.ts";
import { putRows } from "../output/put-rows.ts";

/** `ffe table read` */
export async function tableRead(name: string, options: ReadOptions): Promise<number> {
  const { where, orderBy, limit } = options;
  const columns = options.columns === true ? undefined : options.columns;
  const version = { version: options.version, asOfTimestamp: options.asOf, knownAt: options.knownAt };
  return withLakehouse(options, async ({ lake }) => {
    // In every format, the scan checks the options.
    const scan = await lake.readTable({ tableName: name, columns, where, orderBy, limit, ...version });
    const { schema } = scan;
    const rows = {
      open: async () => ({ schema, batches: scan.batches() }),
      toParquet: async (path: string) => {
        if (where !== undefined) await lake.engine.parsePredicate(where);
        const names = schema.fields.map((member) => member.name);
        return lake.engine.writeQuery(
          selectOf({ columns: names, where, orderBy, limit }),
          async (reference) => lake.relationOf({ ...reference, name }, version),
          { localPath: path },
        );
      },
    };
    await putRows(rows, options, {
      limit,
      showsEveryColumn: options.columns !== undefined,
      showsAll: "--columns shows them",
    });
    return 0;
  });
}

/** The scan as a query over a table of any name. */
function selectOf({ columns = [], where, orderBy, limit }: ScanOptions): string {
  return [
    `SELECT ${columns.map(quoteName).join(", ")} FROM wanted`,
    ...(where === undefined ? [] : [`WHERE (${where}\n)`]),
    ...(orderBy === undefined ? [] : [`ORDER BY ${orderBy}`]),
    ...(limit === undefined ? [] : [`\nLIMIT ${limit}`]),
  ].join(" ");
}

/** `ffe table changes` */
export async function tableChanges(name: string, options: ChangesOptions): Promise<number> {
  const { from, to, since, until, where } = options;
  return withLakehouse(options, async ({ lake }) => {
    const changes = await lake.getTableChanges({
      tableName: name,
      // Without a beginning: from the first version.
      fromVersion: since === undefined ? (from ?? 0) : undefined,
      fromTimestamp: since === undefined ? undefined : new Date(since),
      toVersion: to,
      toTimestamp: until === undefined ? undefined : new Date(until),
      where,
      orderBy: "_commit_version",
    });
    const { schema } = changes;
    await putRows({ open: async () => ({ schema, batches: changes.batches() }) }, options, {
      limit: options.limit,
      showsAll: "--format csv has them",
    });
    return 0;
  });
}
