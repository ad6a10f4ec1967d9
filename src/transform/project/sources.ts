import { tagsOf } from "./config-rules.ts";
import type { ColumnTarget, GenericTests, TestTarget } from "./generic-tests.ts";
import { configFor, memberMap, renderDescription } from "./loading.ts";
import type { Loading } from "./loading.ts";
import { relationName } from "./relation-name.ts";
import { columnsOf } from "./node-builder.ts";
import { emptyMap, isPlainMap } from "./plain.ts";
import type { Plain, PlainMap } from "./plain.ts";
import type { Entry } from "./properties/entry.ts";
import { freshnessOf, mergedFreshness } from "./properties/freshness.ts";
import { columnsOf as columnsWritten, testsOf } from "./properties/node-properties.ts";
import type { ColumnProperties } from "./properties/node-properties.ts";
import type { PropertiesFile } from "./properties/properties-file.ts";
import { ResourceConfig } from "./resource-config.ts";
import type { GenericTestNode, SourceDefinition } from "./resources.ts";

/** A table of a source, and the tests that its properties ask for. */
export interface SourceWithTests {
  readonly source: SourceDefinition;
  readonly tests: readonly GenericTestNode[];
}

/** Makes the tables of one source. */
export function buildSource(
  loading: Loading,
  genericTests: GenericTests,
  entry: Entry,
  file: PropertiesFile,
): readonly SourceWithTests[] {
  if (entry.has("overrides")) {
    const { file: shown, line } = entry.place;
    loading.warnings.push(
      `${shown}:${line}: overrides of another package's source are not supported and are passed over`,
    );
    return [];
  }
  return entry.entries("tables").flatMap((table) => {
    const built = loading.problems.collect(() => buildTable(loading, entry, table, file));
    if (built === undefined) return [];
    const tests = built.testRequests.flatMap(({ test, column }) => {
      const made = loading.problems.collect(() => genericTests.build(built.target, test, column));
      return made === undefined ? [] : [made];
    });
    return [{ source: built.source, tests }];
  });
}

interface BuiltTable {
  readonly source: SourceDefinition;
  readonly target: TestTarget;
  readonly testRequests: readonly {
    readonly test: ReturnType<typeof testsOf>[number];
    readonly column: ColumnTarget | undefined;
  }[];
}

function buildTable(loading: Loading, source: Entry, table: Entry, file: PropertiesFile): BuiltTable {
  const sourceName = source.name();
  const name = table.name();
  const { packageName, originalFilePath } = file;
  const folders = file.path.split("/").slice(0, -1);
  const fqn = [packageName, ...folders, sourceName, name];
  const { place } = table;
  const properties = tableConfig(source, table);
  const values = configFor(loading, { type: "source", fqn, packageName, properties, place });
  const columns = columnsWritten(table);
  const database = source.text("database") ?? loading.target.database;
  const schema = source.text("schema") ?? sourceName;
  const identifier = table.text("identifier") ?? name;
  const quoting = new Map([...noQuoting, ...source.map("quoting"), ...table.map("quoting")]);
  const ofProject = loading.packages.get(loading.rootName)?.file.quoting ?? emptyMap;
  const external = table.get("external");
  const config = new ResourceConfig(values, place);
  const describe = (entry: Entry): string =>
    renderDescription(loading, packageName, entry.text("description") ?? "", entry.place);
  return {
    source: {
      uniqueId: `source.${packageName}.${sourceName}.${name}`,
      resourceType: "source",
      name,
      packageName,
      path: originalFilePath,
      originalFilePath,
      fqn,
      config,
      tags: tagsOf(values.get("tags")),
      meta: memberMap(values, "meta"),
      description: describe(table),
      place,
      sourceName,
      sourceDescription: describe(source),
      sourceMeta: new Map([...source.map("meta"), ...source.entry("config").map("meta")]),
      loader: source.text("loader") ?? "",
      database,
      schema,
      identifier,
      relationName: relationName({ database, schema, identifier }, [ofProject, quoting]),
      quoting,
      external: isPlainMap(external) ? external : null,
      loadedAtField: config.text("loaded_at_field") ?? null,
      loadedAtQuery: config.text("loaded_at_query") ?? null,
      freshness: freshnessOf(values.get("freshness")),
      columns: columnsOf(loading, packageName, columns, { codePlace: place }),
    },
    target: {
      kind: "source",
      call: [sourceName, name],
      nameInTest: `${sourceName}_${name}`,
      packageName,
      originalFilePath,
      fileKeyName: `sources.${sourceName}`,
      attachedNode: null,
      group: null,
    },
    testRequests: [
      ...testsOf(table).map((test) => ({ test, column: undefined })),
      ...columns.flatMap((column) =>
        column.tests.map((test) => ({ test, column: columnTarget(column, source, table) })),
      ),
    ],
  };
}

const noQuoting: PlainMap = new Map<string, Plain>(
  ["database", "schema", "identifier", "column"].map((name) => [name, null]),
);

function columnTarget(column: ColumnProperties, source: Entry, table: Entry): ColumnTarget {
  const isQuoted = column.quote ?? source.map("quoting").get("column") ?? false;
  return {
    name: isQuoted === true ? `"${column.name}"` : column.name,
    tags: [...source.texts("tags"), ...table.texts("tags"), ...column.tags],
  };
}

/** What the source and its table say of the config; the table is stronger. */
function tableConfig(source: Entry, table: Entry): PlainMap {
  const config = new Map([...source.map("config"), ...table.map("config")]);
  const freshness = mergedFreshness(source, table);
  config.delete("freshness");
  if (freshness !== undefined) config.set("freshness", freshness);
  const { field, query } = loadedAt(source, table);
  config.set("loaded_at_field", field);
  config.set("loaded_at_query", query);
  const metas = [source, source.entry("config"), table, table.entry("config")].map((entry) =>
    entry.map("meta"),
  );
  config.set("meta", new Map(metas.flatMap((meta) => [...meta])));
  config.set(
    "tags",
    tagsOf(
      ...[source, source.entry("config"), table, table.entry("config")].map((entry) => entry.get("tags")),
    ).toSorted(),
  );
  return config;
}

interface LoadedAt {
  readonly field: string | null;
  readonly query: string | null;
}

/** A table's own statement replaces the source's, even where it says null. */
function loadedAt(source: Entry, table: Entry): LoadedAt {
  for (const entry of [source, table]) {
    const { field, query } = saidLoadedAt(entry);
    if (field !== null && query !== null)
      throw entry.invalid(["loaded_at_query"], "loaded_at_field and loaded_at_query cannot both be given");
    if (field === "") throw entry.invalid(["loaded_at_field"], "loaded_at_field cannot be empty");
  }
  const ofTable = saidLoadedAt(table);
  const isSaid = table.has("loaded_at_field") || table.entry("config").has("loaded_at_field");
  return isSaid || ofTable.query !== null ? ofTable : saidLoadedAt(source);
}

function saidLoadedAt(entry: Entry): LoadedAt {
  return {
    field: entry.text("loaded_at_field") ?? entry.entry("config").text("loaded_at_field") ?? null,
    query: entry.text("loaded_at_query") ?? entry.entry("config").text("loaded_at_query") ?? null,
  };
}
