import { field, structType } from "finance-feedback-delta";
import type { NamedRelation, Row, StructType } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { catalogName } from "../../storage/table-names.ts";
import { layers } from "../../tables/table-definition.ts";
import { TransformError } from "../transform-error.ts";

/**
 * What `information_schema.tables` and `information_schema.schemata` of the lake are: macros such as `get_relations_by_pattern`
 * of dbt_utils look for tables there.
 *
 * @throws TransformError `NOT_SUPPORTED` for its other relations.
 */
export async function informationSchema(lake: DeltaLakeManager, name: string): Promise<NamedRelation> {
  switch (name) {
    case "tables":
      return relation(await tablesOf(lake), ["table_catalog", "table_schema", "table_name", "table_type"]);
    case "schemata": {
      const schemas = [...layers, ...(await lake.catalog.schemas())];
      const rows = schemas.map((schema) => ({ catalog_name: catalogName, schema_name: schema }));
      return relation(rows, ["catalog_name", "schema_name"]);
    }
    default:
      throw new TransformError(
        "NOT_SUPPORTED",
        `information_schema.${name} is not there in this engine: it has tables and schemata`,
        { nextStep: "Ask adapter.get_columns_in_relation for columns." },
      );
  }
}

async function tablesOf(lake: DeltaLakeManager): Promise<readonly Row[]> {
  const [tables, views] = [await lake.listTables(), await lake.catalog.views()];
  return [
    ...tables.map(({ layer, name }) => rowOf(layer, name, "BASE TABLE")),
    ...views.map(({ layer, name }) => rowOf(layer, name, "VIEW")),
  ];
}

function rowOf(schema: string, table: string, type: string): Row {
  return { table_catalog: catalogName, table_schema: schema, table_name: table, table_type: type };
}

function relation(rows: readonly Row[], names: readonly string[]): NamedRelation {
  const schema: StructType = structType(names.map((name) => field(name, "string")));
  return { rows: { rows: [...rows] }, schema };
}
