import { emptyMap } from "../project/plain.ts";
import type { Plain, PlainMap } from "../project/plain.ts";
import type {
  Column,
  DocBlock,
  Docs,
  Exposure,
  Freshness,
  FreshnessLimit,
  Group,
  MacroDefinition,
  ProjectNode,
  RefCall,
  Resource,
  SourceDefinition,
} from "../project/resources.ts";

/** The SQL of a node after its template was rendered. */
export interface CompiledCode {
  readonly code: string;
  /** Where it was written, relative to the project's folder. */
  readonly path: string | null;
  /** The ephemeral models that stand in it as common table expressions. */
  readonly extraCtes: readonly { readonly id: string; readonly sql: string }[];
}

const dictionary = (members: Readonly<Record<string, Plain>>): PlainMap => new Map(Object.entries(members));

/** A resource as dbt's manifest and the template language's `model` and `graph` show it. */
export function resourceMembers(resource: Resource, createdAt: number, compiled?: CompiledCode): PlainMap {
  if (resource.resourceType === "source") return sourceMembers(resource, createdAt);
  if (resource.resourceType === "exposure") return exposureMembers(resource, createdAt);
  return nodeMembers(resource, createdAt, compiled);
}

function nodeMembers(node: ProjectNode, createdAt: number, compiled: CompiledCode | undefined): PlainMap {
  const shared = {
    database: node.database,
    schema: node.schema,
    name: node.name,
    resource_type: node.resourceType,
    package_name: node.packageName,
    path: node.path,
    original_file_path: node.originalFilePath,
    unique_id: node.uniqueId,
    fqn: node.fqn,
    alias: node.alias,
    checksum: dictionary({ name: node.checksum.name, checksum: node.checksum.checksum }),
    config: node.config.values,
    tags: node.tags,
    description: node.description,
    columns: columnMembers(node.columns),
    meta: node.meta,
    group: node.group,
    docs: docsMembers(node.docs),
    patch_path: node.patchPath,
    build_path: null,
    unrendered_config: emptyMap,
    created_at: createdAt,
    relation_name: node.relationName,
    raw_code: node.rawCode,
    doc_blocks: [],
  };
  if (node.resourceType === "seed")
    return dictionary({
      ...shared,
      root_path: node.rootPath,
      depends_on: dictionary({ macros: node.dependsOn.macros }),
    });
  const contract = node.config.map("contract");
  return dictionary({
    ...shared,
    language: node.path.endsWith(".py") ? "python" : "sql",
    refs: node.refs.map(refMembers),
    sources: node.sources.map((call): Plain => [...call]),
    metrics: [],
    functions: [],
    depends_on: dictionary({ macros: node.dependsOn.macros, nodes: node.dependsOn.nodes }),
    compiled_path: compiled?.path ?? null,
    ...compiledMembers(compiled),
    contract: dictionary({
      enforced: contract.get("enforced") ?? false,
      alias_types: contract.get("alias_types") ?? true,
      checksum: null,
    }),
    ...ownMembers(node),
  });
}

function compiledMembers(compiled: CompiledCode | undefined): Readonly<Record<string, Plain>> {
  if (compiled === undefined) return {};
  return {
    compiled: true,
    compiled_code: compiled.code,
    extra_ctes_injected: true,
    extra_ctes: compiled.extraCtes.map(({ id, sql }) => dictionary({ id, sql })),
  };
}

/** What only nodes of one type have. */
function ownMembers(node: ProjectNode): Readonly<Record<string, Plain>> {
  switch (node.resourceType) {
    case "model":
      return {
        access: node.access,
        constraints: node.constraints,
        version: versionMember(node.version),
        latest_version: versionMember(node.latestVersion),
        deprecation_date: null,
        primary_key: [],
        time_spine: null,
      };
    case "operation":
      return { index: BigInt(node.index) };
    case "test":
      if (node.testKind === "singular") return {};
      return {
        column_name: node.columnName,
        file_key_name: node.fileKeyName,
        attached_node: node.attachedNode,
        test_metadata: dictionary({
          name: node.testMetadata.name,
          kwargs: node.testMetadata.kwargs,
          namespace: node.testMetadata.namespace,
        }),
      };
    default:
      return {};
  }
}

/** A version that is a number is one in JSON, too. */
function versionMember(version: string | null): Plain {
  if (version === null) return null;
  if (/^\d+$/.test(version)) return BigInt(version);
  return /^\d+\.\d+$/.test(version) ? Number(version) : version;
}

function sourceMembers(source: SourceDefinition, createdAt: number): PlainMap {
  return dictionary({
    database: source.database,
    schema: source.schema,
    name: source.name,
    resource_type: "source",
    package_name: source.packageName,
    path: source.path,
    original_file_path: source.originalFilePath,
    unique_id: source.uniqueId,
    fqn: source.fqn,
    source_name: source.sourceName,
    source_description: source.sourceDescription,
    loader: source.loader,
    identifier: source.identifier,
    quoting: source.quoting,
    loaded_at_field: source.loadedAtField,
    loaded_at_query: source.loadedAtQuery,
    freshness: freshnessMembers(source.freshness),
    external: source.external,
    description: source.description,
    columns: columnMembers(source.columns),
    meta: source.meta,
    source_meta: source.sourceMeta,
    tags: source.tags,
    config: source.config.values,
    patch_path: null,
    unrendered_config: emptyMap,
    relation_name: source.relationName,
    created_at: createdAt,
    unrendered_database: null,
    unrendered_schema: null,
    doc_blocks: [],
  });
}

function freshnessMembers(freshness: Freshness | null): Plain {
  const limit = (value: FreshnessLimit | null | undefined): Plain =>
    dictionary({ count: value ? BigInt(value.count) : null, period: value?.period ?? null });
  return dictionary({
    warn_after: limit(freshness?.warnAfter),
    error_after: limit(freshness?.errorAfter),
    filter: freshness?.filter ?? null,
  });
}

function exposureMembers(exposure: Exposure, createdAt: number): PlainMap {
  return dictionary({
    name: exposure.name,
    resource_type: "exposure",
    package_name: exposure.packageName,
    path: exposure.path,
    original_file_path: exposure.originalFilePath,
    unique_id: exposure.uniqueId,
    fqn: exposure.fqn,
    type: exposure.type,
    owner: exposure.owner,
    description: exposure.description,
    label: exposure.label,
    maturity: exposure.maturity,
    meta: exposure.meta,
    tags: exposure.tags,
    config: exposure.config.values,
    unrendered_config: emptyMap,
    url: exposure.url,
    depends_on: dictionary({ macros: exposure.dependsOn.macros, nodes: exposure.dependsOn.nodes }),
    refs: exposure.refs.map(refMembers),
    sources: exposure.sources.map((call): Plain => [...call]),
    metrics: [],
    created_at: createdAt,
  });
}

function refMembers({ name, package: packageName, version }: RefCall): Plain {
  return dictionary({ name, package: packageName, version: versionMember(version) });
}

function columnMembers(columns: ReadonlyMap<string, Column>): PlainMap {
  return new Map(
    [...columns].map(([name, column]) => [
      name,
      dictionary({
        name,
        description: column.description,
        meta: column.meta,
        data_type: column.dataType,
        constraints: column.constraints,
        quote: column.quote,
        config: dictionary({ meta: column.meta, tags: column.tags }),
        tags: column.tags,
        granularity: null,
        doc_blocks: [],
      }),
    ]),
  );
}

function docsMembers({ show, nodeColor }: Docs): PlainMap {
  return dictionary({ show, node_color: nodeColor });
}

export function macroMembers(macro: MacroDefinition, createdAt: number): PlainMap {
  const docs = docsMembers(macro.docs);
  return dictionary({
    name: macro.name,
    resource_type: "macro",
    package_name: macro.packageName,
    path: macro.path,
    original_file_path: macro.originalFilePath,
    unique_id: macro.uniqueId,
    macro_sql: macro.macroSql,
    depends_on: dictionary({ macros: macro.dependsOn }),
    description: macro.description,
    meta: macro.meta,
    docs,
    config: dictionary({ meta: macro.meta, docs }),
    patch_path: macro.patchPath,
    arguments: macro.arguments,
    created_at: createdAt,
    supported_languages: null,
  });
}

export function docMembers(doc: DocBlock): PlainMap {
  return dictionary({
    name: doc.name,
    resource_type: "doc",
    package_name: doc.packageName,
    path: doc.path,
    original_file_path: doc.originalFilePath,
    unique_id: doc.uniqueId,
    block_contents: doc.contents,
  });
}

export function groupMembers(group: Group): PlainMap {
  return dictionary({
    name: group.name,
    resource_type: "group",
    package_name: group.packageName,
    path: group.originalFilePath,
    original_file_path: group.originalFilePath,
    unique_id: group.uniqueId,
    owner: group.owner,
    description: group.description,
    config: dictionary({ meta: emptyMap }),
  });
}
