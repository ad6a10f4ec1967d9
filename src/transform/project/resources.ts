import type { Plain, PlainMap } from "./plain.ts";
import type { ProjectPlace } from "./project-error.ts";
import type { ResourceConfig } from "./resource-config.ts";

/** dbt's name of a resource: `model.shop.orders`, `source.shop.raw.payments`, `test.shop.unique_orders_id.0a1b2c3d4e`. */
export type UniqueId = string;

export const resourceTypes = [
  "model",
  "seed",
  "snapshot",
  "test",
  "analysis",
  "operation",
  "source",
  "exposure",
] as const;
/** The types of resources that stand in the graph. */
export type ResourceType = (typeof resourceTypes)[number];

/** What all resources have. */
interface ResourceBase {
  readonly uniqueId: UniqueId;
  readonly resourceType: ResourceType;
  readonly name: string;
  readonly packageName: string;
  /** Relative to the folder of its kind: `staging/stg_orders.sql`. */
  readonly path: string;
  /** Relative to the folder of its package: `models/staging/stg_orders.sql`. */
  readonly originalFilePath: string;
  /** The package, the folders, the name. Selection and the trees of `dbt_project.yml` go by it. */
  readonly fqn: readonly string[];
  readonly config: ResourceConfig;
  readonly tags: readonly string[];
  readonly meta: PlainMap;
  readonly description: string;
  /** Where it is defined, for messages. */
  readonly place: ProjectPlace;
}

export interface Column {
  readonly name: string;
  readonly description: string;
  readonly dataType: string | null;
  readonly meta: PlainMap;
  readonly tags: readonly string[];
  readonly quote: boolean | null;
  readonly constraints: readonly Plain[];
}

/** The arguments of one call of `ref()`. */
export interface RefCall {
  readonly name: string;
  readonly package: string | null;
  readonly version: string | null;
}

/** The arguments of one call of `source()`: the source's name and the table's. */
export type SourceCall = readonly [source: string, table: string];

export interface Checksum {
  readonly name: "sha256" | "none" | "path";
  readonly checksum: string;
}

interface DependsOn {
  readonly nodes: readonly UniqueId[];
  readonly macros: readonly UniqueId[];
}

export interface Docs {
  readonly show: boolean;
  readonly nodeColor: string | null;
}

/** A resource that has code or rows of its own, and is run. */
export interface NodeBase extends ResourceBase {
  readonly database: string;
  readonly schema: string;
  /** The name of its relation. */
  readonly alias: string;
  /** As SQL names its relation; `null` for what has none: an ephemeral model, most tests. */
  readonly relationName: string | null;
  readonly checksum: Checksum;
  readonly columns: ReadonlyMap<string, Column>;
  readonly group: string | null;
  readonly docs: Docs;
  /** The properties file that describes it, as dbt writes it: `shop://models/schema.yml`. */
  readonly patchPath: string | null;
  /** The template; empty for a seed. */
  readonly rawCode: string;
  /** Where the template begins: a block in a file does not begin at line 1. */
  readonly codePlace: ProjectPlace;
  readonly refs: readonly RefCall[];
  readonly sources: readonly SourceCall[];
  readonly dependsOn: DependsOn;
}

export interface ModelNode extends NodeBase {
  readonly resourceType: "model";
  readonly access: "private" | "protected" | "public";
  readonly version: string | null;
  readonly latestVersion: string | null;
  readonly constraints: readonly Plain[];
}

export interface SeedNode extends NodeBase {
  readonly resourceType: "seed";
  /** The folder of its package, in which `originalFilePath` lies. */
  readonly rootPath: string;
}

export interface SnapshotNode extends NodeBase {
  readonly resourceType: "snapshot";
}

interface AnalysisNode extends NodeBase {
  readonly resourceType: "analysis";
}

/** A statement of `on-run-start` or `on-run-end`. */
export interface HookNode extends NodeBase {
  readonly resourceType: "operation";
  readonly moment: "on-run-start" | "on-run-end";
  readonly index: number;
}

/** A test that properties ask for: a macro `test_…` with arguments. */
export interface GenericTestNode extends NodeBase {
  readonly resourceType: "test";
  readonly testKind: "generic";
  readonly testMetadata: {
    /** Such as `not_null`. */
    readonly name: string;
    /** The package in `dbt_utils.equal_rowcount`. */
    readonly namespace: string | null;
    /** With `model` and `column_name`; texts are templates that are rendered when the test is compiled. */
    readonly kwargs: PlainMap;
  };
  readonly columnName: string | null;
  /** What is tested; `null` for a source. */
  readonly attachedNode: UniqueId | null;
  /** The key of the properties and the name that the test stands under: `models.orders`. */
  readonly fileKeyName: string;
}

/** A test that is a query in a file. */
interface SingularTestNode extends NodeBase {
  readonly resourceType: "test";
  readonly testKind: "singular";
}

export type TestNode = GenericTestNode | SingularTestNode;
export type ProjectNode = ModelNode | SeedNode | SnapshotNode | AnalysisNode | HookNode | TestNode;

export interface FreshnessLimit {
  readonly count: number;
  readonly period: "minute" | "hour" | "day";
}

/** When a source's data is too old. */
export interface Freshness {
  readonly warnAfter: FreshnessLimit | null;
  readonly errorAfter: FreshnessLimit | null;
  readonly filter: string | null;
}

/** One table of a source. */
export interface SourceDefinition extends ResourceBase {
  readonly resourceType: "source";
  readonly sourceName: string;
  readonly sourceDescription: string;
  readonly sourceMeta: PlainMap;
  readonly loader: string;
  readonly database: string;
  readonly schema: string;
  readonly identifier: string;
  readonly relationName: string;
  readonly quoting: PlainMap;
  readonly external: PlainMap | null;
  readonly loadedAtField: string | null;
  readonly loadedAtQuery: string | null;
  readonly freshness: Freshness | null;
  readonly columns: ReadonlyMap<string, Column>;
}

/** What uses the project's tables: a dashboard, a notebook. */
export interface Exposure extends ResourceBase {
  readonly resourceType: "exposure";
  readonly type: string;
  readonly label: string | null;
  readonly maturity: string | null;
  readonly url: string | null;
  readonly owner: PlainMap;
  readonly refs: readonly RefCall[];
  readonly sources: readonly SourceCall[];
  readonly dependsOn: DependsOn;
}

/** What stands in the graph. */
export type Resource = ProjectNode | SourceDefinition | Exposure;

/** A macro, a generic test (`test_…`) or a materialization (`materialization_…`). */
export interface MacroDefinition {
  readonly uniqueId: UniqueId;
  readonly name: string;
  readonly packageName: string;
  readonly path: string;
  readonly originalFilePath: string;
  /** The block itself, from its opening tag to its closing one. */
  readonly macroSql: string;
  readonly place: ProjectPlace;
  readonly description: string;
  readonly meta: PlainMap;
  readonly docs: Docs;
  readonly arguments: readonly Plain[];
  readonly patchPath: string | null;
  /** Macros that it calls by name. */
  readonly dependsOn: readonly UniqueId[];
}

/** A `{% docs %}` block. */
export interface DocBlock {
  readonly uniqueId: UniqueId;
  readonly name: string;
  readonly packageName: string;
  readonly path: string;
  readonly originalFilePath: string;
  readonly contents: string;
  readonly place: ProjectPlace;
}

export interface Group {
  readonly uniqueId: UniqueId;
  readonly name: string;
  readonly packageName: string;
  readonly originalFilePath: string;
  readonly owner: PlainMap;
  readonly description: string;
}
