import { quoteName, structType } from "finance-feedback-delta";
import type { StructType } from "finance-feedback-delta";

import { columnNamed } from "../relations/columns.ts";
import { placeText, relationSqlName } from "../relations/relation-place.ts";
import { TransformError } from "../transform-error.ts";
import { storedQuery } from "./bound-query.ts";
import { materialized, progressOf } from "./materialize.ts";
import type { Materialization, Materialized } from "./materialize.ts";
import { isChanged, scdId, snapshotStrategy } from "./snapshot-strategy.ts";
import type { SnapshotStrategy } from "./snapshot-strategy.ts";
import { materializeTable } from "./table.ts";

export interface SnapshotMaterialization extends Materialization {
  /** The time of the run: what `dbt_valid_from` of new versions is where no column says it. */
  readonly now: Date;
}

/**
 * Keeps every version that the rows of a SELECT have had, with the times from and to which each was the current one: a slowly
 * changing dimension of type 2, with dbt's columns. One commit ends the versions that are over and adds the new ones.
 *
 * Source: dbt's documentation, "Add snapshots to your DAG".
 */
export async function materializeSnapshot(work: SnapshotMaterialization): Promise<Materialized> {
  const { lake, place, config, reads } = work;
  const strategy = snapshotStrategy(config);
  const table = lake.tableIn(place);
  // A full refresh keeps a snapshot, as in dbt: its history could not be made again.
  if (!(await table.exists())) return materializeTable({ ...work, sql: firstSql(work, strategy) });
  const { schema: source } = await storedQuery(work);
  const target = (await table.snapshot()).schema;
  assertSnapshot(work, strategy, target);
  const added = source.fields.filter((member) => columnNamed(target, member.name) === undefined);
  const names = source.fields.map(({ name }) => name);
  const { sql } = await storedQuery({
    ...work,
    sql: changesSql(work, strategy, { target, source }),
  });
  if (added.length > 0) await table.addColumns(added.map((member) => ({ ...member, nullable: true })));
  const { scdId: id, validTo, validFrom, updatedAt, isDeleted } = strategy.columns;
  const own = [
    id,
    updatedAt,
    validFrom,
    validTo,
    ...(strategy.hardDeletes === "new_record" ? [isDeleted] : []),
  ];
  const result = await table
    .merge({
      source: { sql },
      tables: reads.resolve,
      on: `target.${quoteName(id)} = source.${quoteName(id)}`,
    })
    .whenMatchedUpdate({
      condition: `source.${changeType} = 'end' AND (${isCurrent("target", strategy)})`,
      set: { [validTo]: `source.${quoteName(validTo)}` },
    })
    .whenNotMatchedInsert({
      condition: `source.${changeType} = 'insert'`,
      values: Object.fromEntries([...names, ...own].map((name) => [name, `source.${quoteName(name)}`])),
    })
    .execute(progressOf(work));
  return materialized("MERGE", result, ["numTargetRowsInserted", "numTargetRowsUpdated"]);
}

const changeType = "dbt_change_type";

function firstSql(work: SnapshotMaterialization, strategy: SnapshotStrategy): string {
  const updatedAt = strategy.updatedAt ?? timeText(work.now);
  return `SELECT *, ${versionColumns(strategy, updatedAt)} FROM (\n${work.sql}\n) AS source`;
}

/** The columns of a version that begins. */
function versionColumns(
  { keys, columns, hardDeletes, validToCurrent }: SnapshotStrategy,
  time: string,
): string {
  return [
    `${scdId(keys, time)} AS ${quoteName(columns.scdId)}`,
    `${time} AS ${quoteName(columns.updatedAt)}`,
    `${time} AS ${quoteName(columns.validFrom)}`,
    `coalesce(nullif(${time}, ${time}), ${validToCurrent ?? "NULL"}) AS ${quoteName(columns.validTo)}`,
    ...(hardDeletes === "new_record" ? [`'False' AS ${quoteName(columns.isDeleted)}`] : []),
  ].join(", ");
}

/** Rows to insert, and the ids of versions to end with the times of their ends. */
function changesSql(
  work: SnapshotMaterialization,
  strategy: SnapshotStrategy,
  schemas: { readonly target: StructType; readonly source: StructType },
): string {
  const { columns, keys, hardDeletes } = strategy;
  const time = strategy.updatedAt ?? "(SELECT run_time FROM clock)";
  const keyColumns = keys.map((key, index) => `${key} AS __key_${index}`).join(", ");
  const sameKey = keys.map((_, index) => `snapshotted.__key_${index} = source.__key_${index}`).join(" AND ");
  const hidden = keys.map((_, index) => `__key_${index}`).join(", ");
  const changed = [
    isChanged(strategy, schemas),
    ...(hardDeletes === "new_record" ? [`snapshotted.${quoteName(columns.isDeleted)} = 'True'`] : []),
  ].join(" OR ");
  const id = quoteName(columns.scdId);
  const validTo = quoteName(columns.validTo);
  const parts = [
    `SELECT 'insert' AS ${changeType}, source.* EXCLUDE (${hidden}) FROM source LEFT JOIN snapshotted ON ${sameKey} WHERE snapshotted.__key_0 IS NULL OR (${changed})`,
    `SELECT 'end' AS ${changeType}, snapshotted.${id}, source.${quoteName(columns.validFrom)} AS ${validTo} FROM source JOIN snapshotted ON ${sameKey} WHERE ${changed}`,
  ];
  if (hardDeletes !== "ignore") {
    const isNotDeleted =
      hardDeletes === "new_record" ? ` WHERE snapshotted.${quoteName(columns.isDeleted)} <> 'True'` : "";
    const gone = `FROM snapshotted ANTI JOIN source ON ${sameKey}${isNotDeleted}`;
    const runTime = "(SELECT run_time FROM clock)";
    parts.push(`SELECT 'end' AS ${changeType}, ${id}, ${runTime} AS ${validTo} ${gone}`);
    if (hardDeletes === "new_record") {
      const replaced = [
        `${scdId([id], runTime)} AS ${id}`,
        `${runTime} AS ${quoteName(columns.updatedAt)}`,
        `${runTime} AS ${quoteName(columns.validFrom)}`,
        `'True' AS ${quoteName(columns.isDeleted)}`,
      ];
      parts.push(
        `SELECT 'insert' AS ${changeType}, * EXCLUDE (${hidden}) REPLACE (${replaced.join(", ")}) ${gone}`,
      );
    }
  }
  return [
    // Later than every version that there is, whatever the clock says: a version would end before it began.
    `WITH clock AS (SELECT greatest(${timeText(work.now)}, max(${quoteName(columns.validFrom)})::TIMESTAMP + INTERVAL 1 MICROSECOND) AS run_time FROM ${relationSqlName(work.place)}),`,
    `snapshotted AS (SELECT *, ${keyColumns} FROM ${relationSqlName(work.place)} AS target WHERE ${isCurrent("target", strategy)}),`,
    `given AS (\n${work.sql}\n),`,
    `source AS (SELECT *, ${versionColumns(strategy, time)}, ${keyColumns} FROM given)`,
    parts.join("\nUNION ALL BY NAME\n"),
  ].join("\n");
}

function isCurrent(alias: string, { columns, validToCurrent }: SnapshotStrategy): string {
  const validTo = `${alias}.${quoteName(columns.validTo)}`;
  return validToCurrent === undefined
    ? `${validTo} IS NULL`
    : `${validTo} IS NULL OR ${validTo} = ${validToCurrent}`;
}

function timeText(now: Date): string {
  return `TIMESTAMP '${now.toISOString().replace("T", " ").replace("Z", "")}'`;
}

/** @throws TransformError `TABLE_IN_THE_WAY` where the table is none that a snapshot made. */
function assertSnapshot(
  work: Materialization,
  { columns, hardDeletes }: SnapshotStrategy,
  target: StructType,
): void {
  const { scdId: id, validFrom, validTo, updatedAt, isDeleted } = columns;
  const needed = [id, updatedAt, validFrom, validTo, ...(hardDeletes === "new_record" ? [isDeleted] : [])];
  const missing = needed.filter((name) => columnNamed(structType(target.fields), name) === undefined);
  if (missing.length === 0) return;
  throw new TransformError(
    "TABLE_IN_THE_WAY",
    `${placeText(work.place)} has no column ${missing.join(", ")}: it is not a snapshot with this config. It was not changed.`,
    { nextStep: "Give the snapshot another alias, or the table these columns." },
  );
}
