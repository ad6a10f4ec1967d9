import type { UniqueId } from "../project/resources.ts";
import { artifactMetadata } from "./manifest.ts";
import type { Invocation } from "./manifest.ts";

/** A relation as it lies in the lake. */
export interface CatalogTable {
  readonly uniqueId: UniqueId;
  readonly type: "table" | "view";
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly comment: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly comment: string | null;
  }[];
  /** Figures such as rows and bytes, each with a label for people. */
  readonly statistics: readonly CatalogFigure[];
}

interface CatalogFigure {
  readonly id: string;
  readonly label: string;
  readonly value: string | number | boolean | null;
  readonly description: string;
}

/** The relations of a project. */
export interface Catalog {
  readonly nodes: readonly CatalogTable[];
  readonly sources: readonly CatalogTable[];
  /** Why relations are missing; a message each. */
  readonly errors: readonly string[];
}

/** What dbt's tools read as `catalog.json`, version 1. */
export function catalogJson(tables: Catalog, invocation: Invocation): object {
  return {
    metadata: artifactMetadata("catalog", 1, invocation),
    nodes: tablesById(tables.nodes),
    sources: tablesById(tables.sources),
    errors: tables.errors.length === 0 ? null : tables.errors,
  };
}

function tablesById(tables: readonly CatalogTable[]): object {
  return Object.fromEntries(tables.map((table) => [table.uniqueId, tableJson(table)]));
}

function tableJson(table: CatalogTable): object {
  const { database, schema, name, comment, type } = table;
  return {
    metadata: { type: type === "view" ? "VIEW" : "BASE TABLE", schema, name, database, comment, owner: null },
    columns: Object.fromEntries(
      table.columns.map((column, index) => [
        column.name,
        { type: column.type, index: index + 1, name: column.name, comment: column.comment },
      ]),
    ),
    stats: Object.fromEntries(
      [hasStatistics(table), ...table.statistics].map((figure) => [figure.id, { include: true, ...figure }]),
    ),
    unique_id: table.uniqueId,
  };
}

function hasStatistics({ statistics }: CatalogTable): CatalogFigure & { readonly include: boolean } {
  return {
    id: "has_stats",
    label: "Has Stats?",
    value: statistics.length > 0,
    include: false,
    description: "Indicates whether there are statistics for this table",
  };
}
