import type { Plain, PlainMap } from "./plain.ts";
import type { ProjectPackage, Target } from "./project-package.ts";
import type { ProjectPlace } from "./project-error.ts";
import type {
  GenericTestNode,
  MacroDefinition,
  RefCall,
  ResourceType,
  SourceCall,
  UniqueId,
} from "./resources.ts";
import type { ResourceConfig } from "./resource-config.ts";

/**
 * What reading a project needs of the template language and of dbt's context. Reading never runs a query: templates are
 * rendered with `execute` false.
 */
export interface Templates {
  /** Renders a text of a YAML file. `var`, `env_var`, `target` and filters are known, and `doc` where it is given. */
  renderText(text: string, scope: TextScope): Plain;
  /** Once all macros are known: reads the templates of nodes. */
  parserOf(macros: KnownMacros): NodeParser;
}

export interface TextScope {
  readonly place: ProjectPlace;
  readonly target: Target;
  /** The variables that the text sees. */
  readonly vars: PlainMap;
  /** Finds a docs block, for descriptions alone. */
  readonly doc?: ((args: readonly string[]) => string) | undefined;
}

export interface KnownMacros {
  readonly rootName: string;
  readonly packages: ReadonlyMap<string, ProjectPackage>;
  readonly macros: ReadonlyMap<UniqueId, MacroDefinition>;
  readonly target: Target;
  /** The variables of the command line. */
  readonly vars: PlainMap;
}

export interface NodeParser {
  /** Renders a template of the node and returns what it asked for. */
  capture(node: NodeToParse, code: TemplateCode): Captured;
  /** What `generate_schema_name`, `generate_alias_name` or `generate_database_name` makes of the configured name. */
  generatedName(part: "schema" | "alias" | "database", configured: Plain, node: NodeToParse): string;
}

export interface TemplateCode {
  readonly text: string;
  readonly place: ProjectPlace;
}

/** A node while it is read: what its template may ask of itself. */
export interface NodeToParse {
  readonly uniqueId: UniqueId;
  readonly resourceType: ResourceType;
  readonly name: string;
  readonly packageName: string;
  readonly path: string;
  readonly originalFilePath: string;
  readonly fqn: readonly string[];
  readonly rawCode: string;
  readonly database: string;
  readonly schema: string;
  readonly alias: string;
  readonly version: string | null;
  readonly tags: readonly string[];
  /** As far as it is known: without the template's own `config()` while that is read. */
  readonly config: ResourceConfig;
  readonly testMetadata?: GenericTestNode["testMetadata"] | undefined;
}

export interface Captured {
  readonly refs: readonly RefCall[];
  readonly sources: readonly SourceCall[];
  /** The arguments of each call of `config()`, in order. */
  readonly configs: readonly PlainMap[];
  /** The macros that were called. */
  readonly macros: readonly UniqueId[];
}
