import type { PlainMap } from "./plain.ts";
import type { Graph } from "./graph.ts";
import type { ProjectError } from "./project-error.ts";
import type { ProjectPackage, Target } from "./project-package.ts";
import type { References } from "./references.ts";
import type {
  DocBlock,
  Exposure,
  Group,
  MacroDefinition,
  ProjectNode,
  Resource,
  SourceDefinition,
  UniqueId,
} from "./resources.ts";

/** A dbt project with its packages: every resource, and the graph over them. */
export interface Project {
  readonly name: string;
  readonly folder: string;
  /** The project's own first, then its packages. */
  readonly packages: ReadonlyMap<string, ProjectPackage>;
  readonly target: Target;
  /** The variables of the command line. */
  readonly vars: PlainMap;
  readonly nodes: ReadonlyMap<UniqueId, ProjectNode>;
  readonly sources: ReadonlyMap<UniqueId, SourceDefinition>;
  readonly exposures: ReadonlyMap<UniqueId, Exposure>;
  /** Everything that a config switched off; several may share a name. */
  readonly disabled: ReadonlyMap<UniqueId, readonly Resource[]>;
  readonly macros: ReadonlyMap<UniqueId, MacroDefinition>;
  readonly docs: ReadonlyMap<UniqueId, DocBlock>;
  readonly groups: ReadonlyMap<UniqueId, Group>;
  readonly graph: Graph;
  /** What `ref()` and `source()` mean. */
  readonly references: References;
  /** Nodes that this engine cannot run, and why. */
  readonly refusals: ReadonlyMap<UniqueId, ProjectError>;
  /** What is odd and does no harm; a message each. */
  readonly warnings: readonly string[];
}
