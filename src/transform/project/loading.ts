import { defaultConfig, treeLevels, withLevel, withStoreFailures } from "./config-rules.ts";
import type { DocsBlocks } from "./docs-blocks.ts";
import { emptyMap, isPlainMap, pythonText } from "./plain.ts";
import type { Plain, PlainMap } from "./plain.ts";
import { variablesOf } from "./project-package.ts";
import type { ProjectPackage, Target } from "./project-package.ts";
import type { ProjectPlace, ProjectError } from "./project-error.ts";
import type { ConfigTree } from "./project-file.ts";
import type { ProblemList } from "./problem-list.ts";
import type { ResourceType, UniqueId } from "./resources.ts";
import type { NodeParser, Templates } from "./templates.ts";

/** What all readers of a project's parts share while it is loaded. */
export interface Loading {
  readonly rootName: string;
  readonly packages: ReadonlyMap<string, ProjectPackage>;
  readonly target: Target;
  /** The variables of the command line. */
  readonly vars: PlainMap;
  readonly templates: Templates;
  readonly parser: NodeParser;
  readonly docs: DocsBlocks;
  readonly problems: ProblemList;
  readonly warnings: string[];
  /** What can be read and not be run. */
  readonly refusals: Map<UniqueId, ProjectError>;
}

const treeOf: Readonly<Record<ResourceType, ConfigTree>> = {
  model: "models",
  analysis: "models",
  operation: "models",
  seed: "seeds",
  snapshot: "snapshots",
  test: "data_tests",
  source: "sources",
  exposure: "exposures",
};

export interface ConfigRequest {
  readonly type: ResourceType;
  readonly fqn: readonly string[];
  readonly packageName: string;
  /** What properties files say. */
  readonly properties?: PlainMap | undefined;
  /** What the template's `config()` says. */
  readonly calls?: PlainMap | undefined;
  readonly place: ProjectPlace;
}

/**
 * The config of a resource. The nearer to the resource, the stronger: defaults, the trees of its own package, properties,
 * its template; and above all the trees of the root project, for resources of other packages.
 */
export function configFor(loading: Loading, request: ConfigRequest): PlainMap {
  const { type, fqn, packageName, properties = emptyMap, calls = emptyMap, place } = request;
  const levelsOf = (name: string): readonly PlainMap[] =>
    treeLevels(loading.packages.get(name)?.file.trees[treeOf[type]] ?? emptyMap, fqn);
  const ofRoot = packageName === loading.rootName ? [] : levelsOf(loading.rootName);
  const config = [...levelsOf(packageName), properties, calls, ...ofRoot].reduce(
    (before, level) => (level.size === 0 ? before : withLevel(type, before, level, place)),
    defaultConfig(type),
  );
  return type === "test" ? withStoreFailures(config) : config;
}

/** Renders a text of a properties file of a package. A text without template marks stays as it is. */
export function renderProperty(
  loading: Loading,
  packageName: string,
  text: string,
  placeOf: () => ProjectPlace,
): Plain {
  if (!hasTemplate(text)) return withoutLastLineEnd(text);
  const vars = variablesOf(loading.packages, loading.rootName, packageName, loading.vars);
  return loading.templates.renderText(text, { place: placeOf(), target: loading.target, vars });
}

/** A description, in which `doc()` stands for a docs block. */
export function renderDescription(
  loading: Loading,
  packageName: string,
  text: string,
  place: ProjectPlace,
): string {
  if (!hasTemplate(text)) return text;
  const vars = variablesOf(loading.packages, loading.rootName, packageName, loading.vars);
  const doc = (args: readonly string[]): string => loading.docs.contentsOf(args, packageName, place);
  return pythonText(loading.templates.renderText(text, { place, target: loading.target, vars, doc }));
}

/** dbt renders each of these texts, and so takes its last line end away. */
function withoutLastLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}

function hasTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%") || text.includes("{#");
}

/** A member of a map, when it is a map itself. */
export function memberMap(map: PlainMap, name: string): PlainMap {
  const member = map.get(name);
  return isPlainMap(member) ? member : emptyMap;
}
