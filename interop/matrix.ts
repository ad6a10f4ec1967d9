// The matrix: which features, partitions and sizes tables are made of, and what becomes of them.
import type { Field, Row, Table } from "./canonical.ts";
import { marketRows, marketTable, sparkQuery } from "./market-table.ts";
import { engineRows, type OurEngine } from "./our-engine.ts";
import { sparkTable } from "./workbench.ts";

export type Case = {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly partitionBy: readonly string[];
  /** Rows are only ever added: the table is append-only. */
  readonly growsOnly: boolean;
};

const features: readonly (readonly [name: string, properties: Case["properties"]])[] = [
  ["no feature", {}],
  ["deletion vectors", { "delta.enableDeletionVectors": "true" }],
  ["column mapping by name", { "delta.columnMapping.mode": "name" }],
  ["column mapping by id", { "delta.columnMapping.mode": "id" }],
  ["change data feed", { "delta.enableChangeDataFeed": "true" }],
  ["V2 checkpoints", { "delta.checkpointPolicy": "v2", "delta.checkpointInterval": "4" }],
  ["in-commit timestamps", { "delta.enableInCommitTimestamps": "true" }],
  ["append only", { "delta.appendOnly": "true" }],
  [
    "vectors, mapping and change data feed",
    {
      "delta.enableDeletionVectors": "true",
      "delta.columnMapping.mode": "name",
      "delta.enableChangeDataFeed": "true",
    },
  ],
  [
    "everything",
    {
      "delta.enableDeletionVectors": "true",
      "delta.columnMapping.mode": "id",
      "delta.enableChangeDataFeed": "true",
      "delta.checkpointPolicy": "v2",
      "delta.checkpointInterval": "4",
      "delta.enableInCommitTimestamps": "true",
    },
  ],
];

export const partitions: readonly (readonly string[])[] = [
  [],
  ["venue"],
  ["day"],
  ["timestamp"],
  ["id"],
  ["day", "is_mock"],
];

/**
 * Every feature in some layout, every layout with some feature, and all features at once: without the price of all
 * combinations.
 */
export const cases: readonly Case[] = features.map(([name, properties], index) => {
  const partitionBy = partitions[index % partitions.length] ?? [];
  return {
    name: `${name}, ${layoutName(partitionBy)}`,
    properties,
    partitionBy,
    growsOnly: properties["delta.appendOnly"] === "true",
  };
});

export function layoutName(partitionBy: readonly string[]): string {
  return partitionBy.length === 0 ? "not partitioned" : `by ${partitionBy.join(" and ")}`;
}

/** The rows of a table's first commit, and those that come in its second. */
export const firstRows: Table = marketRows((id) => id === 1 || id === 2);
export const laterRows: Table = marketRows((id) => id !== 1 && id !== 2);

/**
 * What is left after both commits and what follows them in the life of a table: row 1 updated, row 3 deleted, and of a merge of rows 2, 4 and 7
 * the first deleted, the second updated, the third inserted.
 */
export function rowsAfter({ growsOnly }: Pick<Case, "growsOnly">): Table {
  if (growsOnly) return marketTable;
  const changed = marketTable.rows.flatMap((row): Row[] => {
    if (row["id"] === 2 || row["id"] === 3) return [];
    return [row["id"] === 1 || row["id"] === 4 ? { ...row, score: row["id"] === 1 ? 0.25 : "NaN" } : row];
  });
  return { ...marketTable, rows: [...changed, insertedRow] };
}

/** What is merged: one row to delete, one to update, one to insert. */
function mergedRows(): Table {
  const source = marketTable.rows.filter(({ id }) => id === 2 || id === 4);
  return { ...marketTable, rows: [...source.map((row) => ({ ...row, score: "NaN" })), insertedRow] };
}

const insertedRow: Row = {
  ...marketTable.rows[0],
  id: 7,
  score: 7.5,
  venue: "seventh",
};

/** The life of a table as Spark's statements, each of which is a version. */
export function sparkLife(path: string, { properties, partitionBy, growsOnly }: Case): [string, ...string[]] {
  const table = sparkTable(path);
  const layout = partitionBy.length === 0 ? "" : `PARTITIONED BY (${partitionBy.join(", ")})`;
  return [
    `CREATE TABLE ${table} (${sparkColumns(marketTable)}) USING delta ${layout} ${tableProperties(properties)}`,
    `INSERT INTO ${table} ${sparkQuery(firstRows)}`,
    `INSERT INTO ${table} ${sparkQuery(laterRows)}`,
    ...(growsOnly
      ? []
      : [
          `UPDATE ${table} SET score = 0.25 WHERE id = 1`,
          `DELETE FROM ${table} WHERE id = 3`,
          `MERGE INTO ${table} AS target USING (${sparkQuery(mergedRows())}) AS source ON target.id = source.id
             WHEN MATCHED AND source.id = 2 THEN DELETE
             WHEN MATCHED THEN UPDATE SET score = source.score
             WHEN NOT MATCHED THEN INSERT *`,
        ]),
  ];
}

/** The columns of a table without nested ones, as Spark's CREATE TABLE lists them. */
export function sparkColumns({ schema }: Pick<Table, "schema">): string {
  return schema.map(sparkColumn).join(", ");
}

function sparkColumn({ name, type }: Field): string {
  if (typeof type !== "string") throw new TypeError(`${name} is nested`);
  return `${name} ${type}`;
}

/** The same life by our commands, and a checkpoint at its end. */
export async function liveOf(ours: OurEngine, path: string, one: Omit<Case, "name">): Promise<void> {
  const { properties, partitionBy, growsOnly } = one;
  const table = await ours.create(path, marketTable.schema, { partitionBy, properties });
  await table.append({ rows: engineRows(firstRows) });
  await table.append({ rows: engineRows(laterRows) });
  if (!growsOnly) {
    await table.update({ set: { score: "0.25" }, where: "id = 1" });
    await table.delete({ where: "id = 3" });
    await table
      .merge({ source: { rows: engineRows(mergedRows()) }, on: "target.id = source.id" })
      .whenMatchedDelete({ condition: "source.id = 2" })
      .whenMatchedUpdate({ set: { score: "source.score" } })
      .whenNotMatchedInsertAll()
      .execute();
  }
  await table.checkpoint();
}

export function tableProperties(properties: Readonly<Record<string, string>>): string {
  const entries = Object.entries(properties).map(([name, value]) => `'${name}' = '${value}'`);
  return entries.length === 0 ? "" : `TBLPROPERTIES (${entries.join(", ")})`;
}
