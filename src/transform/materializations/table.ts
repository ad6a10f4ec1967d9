import { describeType } from "finance-feedback-delta";
import type { CreateOptions, OverwriteOptions, Snapshot, StructType } from "finance-feedback-delta";

import { asList, pythonText } from "../project/plain.ts";
import type { ResourceConfig } from "../project/resource-config.ts";
import { boundQuery } from "./bound-query.ts";
import { materialized, progressOf } from "./materialize.ts";
import type { Materialization, Materialized } from "./materialize.ts";

/** Makes a table of a SELECT, or replaces all rows and columns of the one that there is, in one commit. */
export async function materializeTable(work: Materialization): Promise<Materialized> {
  const { lake, place } = work;
  await using query = await boundQuery(work);
  const { schema } = query;
  const options = { boundIn: query.session, ...progressOf(work) };
  const source = { sql: query.sql };
  const table = lake.tableIn(place);
  const isNew = !(await table.exists());
  const result = isNew
    ? await table.append(source, { ...options, createWith: createOptionsOf(work, schema) })
    : await table.overwrite(source, { ...options, ...shapeOf(work, schema, await table.snapshot()) });
  // Only now: until the table has its rows, the view is what there is.
  await lake.catalog.dropView(place);
  return materialized(isNew ? "CREATE TABLE" : "REPLACE TABLE", result, ["numOutputRows"]);
}

/** How the model's table is made. */
function createOptionsOf({ config, description }: Materialization, schema: StructType): CreateOptions {
  return {
    schema,
    partitionBy: partitionColumnsOf(config),
    ...(description === "" ? {} : { description }),
    properties: Object.fromEntries(
      Array.from(config.map("tblproperties"), ([name, value]) => [name, pythonText(value)]),
    ),
  };
}

/** `partition_by` as dbt-spark calls it, `partitioned_by` as dbt-duckdb does. */
function partitionColumnsOf(config: ResourceConfig): readonly string[] {
  return asList(config.get("partition_by") ?? config.get("partitioned_by")).map(pythonText);
}

/** What an overwrite has to change of the table's columns: nothing where they are the same. */
function shapeOf(
  { config }: Materialization,
  schema: StructType,
  snapshot: Snapshot,
): Pick<OverwriteOptions, "overwriteSchema" | "sourceSchema" | "partitionBy"> {
  const partitionBy = partitionColumnsOf(config);
  const isSame =
    columnsText(schema) === columnsText(snapshot.schema) &&
    partitionBy.join(", ").toLowerCase() === snapshot.partitionColumns.join(", ").toLowerCase();
  return isSame ? {} : { overwriteSchema: true, sourceSchema: schema, partitionBy };
}

function columnsText(schema: StructType): string {
  return schema.fields.map((member) => `${member.name} ${describeType(member.type)}`).join(", ");
}
