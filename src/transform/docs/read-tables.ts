import type { Snapshot, StructType } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { catalogName } from "../../storage/table-names.ts";
import type { CatalogTable } from "../artifacts/catalog.ts";
import { columnsOfQuery } from "../materializations/bound-query.ts";
import type { Project } from "../project/project.ts";
import type { ProjectNode, SourceDefinition, UniqueId } from "../project/resources.ts";
import { NodeReads } from "../relations/node-reads.ts";
import { relationPlace, relationSqlName } from "../relations/relation-place.ts";
import type { RelationPlace } from "../relations/relation-place.ts";
import { sqlTypeName } from "../relations/sql-type-name.ts";
import type { TableFacts } from "./project-facts.ts";

/** The relations of a project that are there, and why others could not be read. */
export interface ReadTables {
  readonly tables: ReadonlyMap<UniqueId, TableFacts>;
  readonly problems: ReadonlyMap<UniqueId, string>;
}

/** Looks into the lake for the tables and views of a project: their columns, and what the logs say of their sizes. */
export async function readTables(lake: DeltaLakeManager, project: Project): Promise<ReadTables> {
  const tables = new Map<UniqueId, TableFacts>();
  const problems = new Map<UniqueId, string>();
  for (const resource of [...project.nodes.values(), ...project.sources.values()]) {
    if (!hasRelation(resource)) continue;
    try {
      const facts = await factsOf(lake, resource);
      if (facts !== undefined) tables.set(resource.uniqueId, facts);
    } catch (error) {
      // The others are shown although one is damaged, or a view names a table that is gone.
      problems.set(resource.uniqueId, error instanceof Error ? error.message : String(error));
    }
  }
  return { tables, problems };
}

function hasRelation(resource: ProjectNode | SourceDefinition): boolean {
  const { resourceType } = resource;
  if (resourceType === "test" || resourceType === "operation" || resourceType === "analysis") return false;
  return resource.relationName !== null;
}

async function factsOf(
  lake: DeltaLakeManager,
  resource: ProjectNode | SourceDefinition,
): Promise<TableFacts | undefined> {
  const { uniqueId, database, schema } = resource;
  const identifier = resource.resourceType === "source" ? resource.identifier : resource.alias;
  if (database.toLowerCase() !== catalogName) return undefined;
  const place = relationPlace(schema, identifier);
  const common = { uniqueId, database, schema, name: identifier };
  if ((await lake.catalog.view(place)) !== undefined) {
    const columns = columnsOf(await viewColumns(lake, place));
    const catalog: CatalogTable = { ...common, type: "view", comment: null, columns, statistics: [] };
    return { catalog, state: undefined };
  }
  const table = lake.tableIn(place);
  if (!(await table.exists())) return undefined;
  const snapshot = await table.snapshot();
  const [newest] = await table.history(1);
  const committedAt = newest?.version === snapshot.version ? newest.timestamp : undefined;
  const { version, rowCount: rows, sizeInBytes: bytes, fileCount: files } = snapshot;
  return {
    catalog: {
      ...common,
      type: "table",
      comment: snapshot.metadata.description ?? null,
      columns: columnsOf(snapshot.schema),
      statistics: statisticsOf(snapshot, committedAt),
    },
    state: { version, committedAt, rows, bytes, files },
  };
}

async function viewColumns(lake: DeltaLakeManager, place: RelationPlace): Promise<StructType> {
  const sql = `SELECT * FROM ${relationSqlName(place)}`;
  return columnsOfQuery({ lake, sql, reads: new NodeReads(lake) });
}

function columnsOf({ fields }: StructType): CatalogTable["columns"] {
  return fields.map(({ name, type, metadata }) => {
    const comment: unknown = metadata?.["comment"];
    return { name, type: sqlTypeName(type), comment: typeof comment === "string" ? comment : null };
  });
}

/** As dbt's other adapters call them. */
function statisticsOf(snapshot: Snapshot, committedAt: Date | undefined): CatalogTable["statistics"] {
  return [
    ...(snapshot.rowCount === undefined
      ? []
      : [
          {
            id: "num_rows",
            label: "Row Count",
            value: snapshot.rowCount,
            description: "Rows of the newest version",
          },
        ]),
    {
      id: "num_bytes",
      label: "Bytes",
      value: snapshot.sizeInBytes,
      description: "Size of the newest version's files",
    },
    {
      id: "num_files",
      label: "Files",
      value: snapshot.fileCount,
      description: "Files of the newest version",
    },
    {
      id: "version",
      label: "Version",
      value: snapshot.version,
      description: "The newest version of the table",
    },
    ...(committedAt === undefined
      ? []
      : [
          {
            id: "last_modified",
            label: "Last Modified",
            value: committedAt.toISOString(),
            description: "When the newest version was committed",
          },
        ]),
  ];
}
