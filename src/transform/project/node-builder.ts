import { joinedCalls, tagsOf } from "./config-rules.ts";
import { configFor, memberMap, renderDescription } from "./loading.ts";
import type { Loading } from "./loading.ts";
import { relationName } from "./relation-name.ts";
import type { NodeDraft } from "./node-drafts.ts";
import { emptyMap, pythonText } from "./plain.ts";
import type { Plain, PlainMap } from "./plain.ts";
import { ProjectError } from "./project-error.ts";
import type { ColumnProperties, NodeProperties, VersionProperties } from "./properties/node-properties.ts";
import { refusalOf } from "./refusals.ts";
import { ResourceConfig } from "./resource-config.ts";
import type { Captured, NodeToParse } from "./templates.ts";
import type { Column, Docs, NodeBase, ProjectNode } from "./resources.ts";

const nothingCaptured: Captured = { refs: [], sources: [], configs: [], macros: [] };

/** Makes a node of a draft and of what properties say of it. What it depends on is still to be found. */
export function buildNode(
  loading: Loading,
  draft: NodeDraft,
  properties: NodeProperties | undefined,
  version: VersionProperties | undefined,
): ProjectNode {
  const named = namedBy(draft, properties, version);
  const calls = captureCode(loading, draft, named);
  const request = {
    type: draft.type,
    fqn: named.fqn,
    packageName: draft.packageName,
    place: draft.codePlace,
  };
  const values = configFor(loading, {
    ...request,
    properties: propertyConfig(properties, version),
    calls: calls.config,
  });
  const config = new ResourceConfig(values, draft.codePlace);
  const placed = placedNode(loading, {
    ...parsedNode(loading, draft, named, values),
    tags: tagsOf(values.get("tags")),
  });
  const hooks = hooksOf(loading, placed, config);
  const { captured } = calls;
  const base = {
    ...named,
    packageName: draft.packageName,
    path: draft.path,
    originalFilePath: draft.originalFilePath,
    config,
    tags: placed.tags,
    meta: memberMap(values, "meta"),
    description: descriptionOf(loading, draft, properties, version),
    place: draft.codePlace,
    database: placed.database,
    schema: placed.schema,
    alias: placed.alias,
    relationName: relationOf(loading, placed, config),
    checksum: draft.checksum,
    columns: columnsOf(loading, draft.packageName, version?.columns ?? properties?.columns ?? [], draft),
    group: config.text("group") ?? null,
    docs: docsOf(memberMap(values, "docs")),
    patchPath:
      properties === undefined
        ? null
        : `${properties.file.packageName}://${properties.file.originalFilePath}`,
    rawCode: draft.rawCode,
    codePlace: draft.codePlace,
    refs: [...captured.refs, ...hooks.flatMap((hook) => hook.refs)],
    sources: [...captured.sources, ...hooks.flatMap((hook) => hook.sources)],
    dependsOn: {
      nodes: [],
      macros: [...new Set([...captured.macros, ...hooks.flatMap((hook) => hook.macros)])],
    },
  };
  const node = nodeOfType(loading, draft, base, properties, version);
  const refusal = refusalOf(node, draft.language);
  if (refusal !== undefined) loading.refusals.set(node.uniqueId, refusal);
  return node;
}

type Named = Pick<NodeBase, "uniqueId" | "name" | "fqn"> & { readonly version: string | null };

/** A version has the model's name, not its file's. */
function namedBy(
  draft: NodeDraft,
  properties: NodeProperties | undefined,
  version: VersionProperties | undefined,
): Named {
  const prefix = `${draft.type}.${draft.packageName}`;
  if (properties === undefined || version === undefined)
    return { uniqueId: `${prefix}.${draft.name}`, name: draft.name, fqn: draft.fqn, version: null };
  const { name } = properties;
  const suffix = `v${version.version}`;
  return {
    uniqueId: `${prefix}.${name}.${suffix}`,
    name,
    fqn: [...draft.fqn.slice(0, -1), name, suffix],
    version: version.version,
  };
}

interface CapturedCode {
  readonly captured: Captured;
  readonly config: PlainMap;
}

function captureCode(loading: Loading, draft: NodeDraft, named: Named): CapturedCode {
  if (draft.type === "seed" || draft.language === "python")
    return { captured: nothingCaptured, config: emptyMap };
  const request = {
    type: draft.type,
    fqn: draft.fqn,
    packageName: draft.packageName,
    place: draft.codePlace,
  };
  const node = parsedNode(loading, draft, named, configFor(loading, request));
  const captured = loading.parser.capture(node, { text: draft.rawCode, place: draft.codePlace });
  return { captured, config: joinedCalls(captured.configs, draft.codePlace) };
}

function propertyConfig(
  properties: NodeProperties | undefined,
  version: VersionProperties | undefined,
): PlainMap | undefined {
  if (properties === undefined) return undefined;
  return version === undefined ? properties.config : new Map([...properties.config, ...version.config]);
}

function parsedNode(loading: Loading, draft: NodeDraft, named: Named, values: PlainMap): NodeToParse {
  return {
    ...named,
    resourceType: draft.type,
    packageName: draft.packageName,
    path: draft.path,
    originalFilePath: draft.originalFilePath,
    rawCode: draft.rawCode,
    database: loading.target.database,
    schema: loading.target.schema,
    alias: named.name,
    tags: [],
    config: new ResourceConfig(values, draft.codePlace),
  };
}

/** The node with its relation's database, schema and name, as the project's macros generate them. */
export function placedNode(loading: Loading, node: NodeToParse): NodeToParse {
  const { config } = node;
  const generated = (part: "database" | "schema" | "alias", before: NodeToParse): string =>
    loading.parser.generatedName(part, config.get(part) ?? null, before).trim();
  const withDatabase = { ...node, database: generated("database", node) };
  const withSchema = { ...withDatabase, schema: generated("schema", withDatabase) };
  const withAlias = { ...withSchema, alias: generated("alias", withSchema) };
  if (node.resourceType !== "snapshot") return withAlias;
  return {
    ...withAlias,
    database: config.text("target_database") ?? withAlias.database,
    schema: config.text("target_schema") ?? withAlias.schema,
  };
}

/** The relation that a node makes, as SQL names it; none where it makes none. */
export function relationOf(loading: Loading, node: NodeToParse, config: ResourceConfig): string | null {
  const { resourceType } = node;
  const isStored = resourceType === "test" && config.flag("store_failures") === true;
  const isBuilt = resourceType === "seed" || resourceType === "snapshot";
  const isModel = resourceType === "model" && config.materialized !== "ephemeral";
  if (!isStored && !isBuilt && !isModel) return null;
  const ofProject = loading.packages.get(loading.rootName)?.file.quoting ?? emptyMap;
  return relationName({ ...node, identifier: node.alias }, [ofProject, config.map("quoting")]);
}

function hooksOf(loading: Loading, node: NodeToParse, config: ResourceConfig): readonly Captured[] {
  if (node.resourceType === "test" || node.resourceType === "operation") return [];
  return [...config.preHooks, ...config.postHooks].map(({ sql }) =>
    loading.parser.capture(node, { text: sql, place: { file: node.originalFilePath } }),
  );
}

function descriptionOf(
  loading: Loading,
  draft: NodeDraft,
  properties: NodeProperties | undefined,
  version: VersionProperties | undefined,
): string {
  const text = version?.description ?? properties?.description ?? "";
  return renderDescription(loading, draft.packageName, text, properties?.place ?? draft.codePlace);
}

export function columnsOf(
  loading: Loading,
  packageName: string,
  columns: readonly ColumnProperties[],
  { codePlace }: Pick<NodeDraft, "codePlace">,
): ReadonlyMap<string, Column> {
  return new Map(
    columns.map(({ name, dataType, meta, tags, quote, constraints, ...column }) => [
      name,
      {
        name,
        dataType,
        meta,
        tags,
        quote,
        constraints,
        description: renderDescription(loading, packageName, column.description, codePlace),
      },
    ]),
  );
}

function docsOf(docs: PlainMap): Docs {
  const color = docs.get("node_color");
  return { show: docs.get("show") !== false, nodeColor: typeof color === "string" ? color : null };
}

function nodeOfType(
  loading: Loading,
  draft: NodeDraft,
  base: Omit<NodeBase, "resourceType">,
  properties: NodeProperties | undefined,
  version: VersionProperties | undefined,
): ProjectNode {
  switch (draft.type) {
    case "model": {
      const constraints = version?.constraints ?? properties?.constraints ?? [];
      const latestVersion = version === undefined ? null : (properties?.latestVersion ?? null);
      const access = accessOf(base.config.get("access") ?? "protected", draft);
      return {
        ...base,
        resourceType: "model",
        access,
        constraints,
        version: version?.version ?? null,
        latestVersion,
      };
    }
    case "seed":
      return {
        ...base,
        resourceType: "seed",
        rootPath: loading.packages.get(draft.packageName)?.folder ?? "",
      };
    case "snapshot":
    case "analysis":
      return { ...base, resourceType: draft.type };
    case "test":
      return { ...base, resourceType: "test", testKind: "singular" };
    case "operation": {
      const hook = draft.hook ?? { moment: "on-run-start", index: 0 };
      return { ...base, resourceType: "operation", tags: [hook.moment, ...base.tags], ...hook };
    }
  }
}

function accessOf(value: Plain, draft: NodeDraft): "private" | "protected" | "public" {
  if (value === "private" || value === "protected" || value === "public") return value;
  throw new ProjectError(
    "INVALID_CONFIG",
    `access of model ${draft.name} must be private, protected or public, and is ${pythonText(value)}`,
    { place: draft.codePlace },
  );
}
