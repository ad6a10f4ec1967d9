import { DocsBlocks } from "./docs-blocks.ts";
import { buildExposure, buildGroup } from "./exposures.ts";
import { GenericTests } from "./generic-tests.ts";
import type { TestTarget } from "./generic-tests.ts";
import { graphOf } from "./graph.ts";
import { renderProperty } from "./loading.ts";
import type { Loading } from "./loading.ts";
import { addMacros } from "./macro-files.ts";
import { describedMacros } from "./macro-properties.ts";
import { draftsOf } from "./node-drafts.ts";
import { buildNode } from "./node-builder.ts";
import { findPackages, shownFolder } from "./packages.ts";
import type { PlainMap } from "./plain.ts";
import { emptyMap } from "./plain.ts";
import { ProblemList } from "./problem-list.ts";
import type { Project } from "./project.ts";
import type { ProjectPackage, Target } from "./project-package.ts";
import { shownPlace } from "./project-error.ts";
import type { ProjectError } from "./project-error.ts";
import { readProjectFolder } from "./project-folder.ts";
import type { ProjectFiles } from "./project-folder.ts";
import { PropertiesIndex } from "./properties/properties-index.ts";
import type { DescribedNode } from "./properties/properties-index.ts";
import { readPropertiesFile } from "./properties/properties-file.ts";
import type { PropertiesFile } from "./properties/properties-file.ts";
import { References, linked } from "./references.ts";
import type { Refable } from "./references.ts";
import { ResourceList } from "./resource-list.ts";
import { buildSource } from "./sources.ts";
import type {
  Exposure,
  GenericTestNode,
  Group,
  MacroDefinition,
  ProjectNode,
  UniqueId,
} from "./resources.ts";
import type { Templates } from "./templates.ts";

export interface LoadOptions {
  readonly target: Target;
  readonly templates: Templates;
  /** The variables of the command line. */
  readonly vars?: PlainMap | undefined;
  /** Packages besides those in the project's `dbt_packages`. */
  readonly packageFolders?: readonly string[] | undefined;
}

/**
 * Reads a dbt project with its packages, as dbt-core does: every resource with its configuration, and the graph over them.
 *
 * @throws ProjectError naming file and line; of several problems, all in one
 */
export function loadProject(folder: string, options: LoadOptions): Project {
  const { target, templates, vars = emptyMap, packageFolders = [] } = options;
  const warnings: string[] = [];
  const found = findPackages({ folder, packageFolders, target, vars, templates, warnings });
  const [root] = found;
  if (root === undefined) throw new TypeError("The project itself is always found");
  return new ProjectLoader(root, new Map(found.map((one) => [one.name, one])), {
    target,
    templates,
    vars,
    warnings,
  }).load();
}

interface Given {
  readonly target: Target;
  readonly templates: Templates;
  readonly vars: PlainMap;
  readonly warnings: string[];
}

class ProjectLoader {
  readonly #root: ProjectPackage;
  readonly #given: Given;
  readonly #files: readonly { readonly owner: ProjectPackage; readonly files: ProjectFiles }[];
  readonly #macros = new Map<UniqueId, MacroDefinition>();
  readonly #loading: Loading;
  readonly #resources: ResourceList;

  constructor(root: ProjectPackage, packages: ReadonlyMap<string, ProjectPackage>, given: Given) {
    this.#root = root;
    this.#given = given;
    const problems = new ProblemList();
    const docs = new DocsBlocks(root.name);
    this.#files = [...packages.values()].map((owner) => ({
      owner,
      files: readProjectFolder(owner.folder, shownFolder(owner.folder), owner.file),
    }));
    for (const { owner, files } of this.#files) {
      for (const file of files.macro)
        problems.collect(() => addMacros(this.#macros, file, owner.name, "macro"));
      for (const file of files.genericTest)
        problems.collect(() => addMacros(this.#macros, file, owner.name, "genericTest"));
      for (const file of files.docs) problems.collect(() => docs.addFile(file, owner.name));
    }
    problems.throwIfAny();
    const { target, templates, vars, warnings } = given;
    const known = { rootName: root.name, packages, macros: this.#macros, target, vars };
    const refusals = new Map<UniqueId, ProjectError>();
    const parser = templates.parserOf(known);
    this.#loading = {
      rootName: root.name,
      packages,
      target,
      vars,
      templates,
      parser,
      docs,
      problems,
      warnings,
      refusals,
    };
    this.#resources = new ResourceList(problems);
  }

  load(): Project {
    const { problems, packages, refusals, warnings, docs } = this.#loading;
    const properties = this.#readProperties();
    problems.throwIfAny();
    const index = new PropertiesIndex(properties, this.#loading);
    const drafts = this.#files.flatMap(
      ({ owner, files }) => problems.collect(() => draftsOf(files, owner)) ?? [],
    );
    const described = index.describe(drafts);
    for (const one of described) this.#addNode(one);
    problems.throwIfAny();
    this.#addTests(described, properties);
    const exposures = this.#exposures(properties);
    problems.throwIfAny();
    const references = new References(this.#resources.all, packages, this.#root.name);
    const linkedExposures = this.#link(references, exposures);
    problems.throwIfAny();
    const { nodes, sources, disabled } = this.#resources;
    return {
      name: this.#root.name,
      folder: this.#root.folder,
      packages,
      target: this.#given.target,
      vars: this.#given.vars,
      nodes,
      sources,
      exposures: linkedExposures,
      disabled,
      macros: describedMacros(this.#loading, this.#macros, properties),
      docs: docs.all,
      groups: this.#groups(properties),
      graph: graphOf([...sources.values(), ...nodes.values(), ...linkedExposures.values()]),
      references,
      refusals,
      warnings,
    };
  }

  #readProperties(): readonly PropertiesFile[] {
    const { problems, warnings } = this.#loading;
    return this.#files.flatMap(({ owner, files }) =>
      files.properties.flatMap((file) => {
        // What a package's own files are warned of is the package's affair.
        const warn = (message: string): void => void (owner === this.#root && warnings.push(message));
        const read = problems.collect(() =>
          readPropertiesFile(
            file,
            owner.name,
            (text, placeOf) => renderProperty(this.#loading, owner.name, text, placeOf),
            warn,
          ),
        );
        return read === undefined ? [] : [read];
      }),
    );
  }

  #addNode({ draft, properties, version }: DescribedNode): void {
    const node = this.#loading.problems.collect(() => buildNode(this.#loading, draft, properties, version));
    if (node !== undefined) this.#resources.addNode(node);
  }

  #addTests(described: readonly DescribedNode[], files: readonly PropertiesFile[]): void {
    const { problems } = this.#loading;
    const genericTests = new GenericTests(this.#loading, this.#macros);
    for (const { draft, properties, version } of described) {
      if (properties === undefined) continue;
      const node = this.#resources.refableOf(draft, version?.version ?? null);
      if (node === undefined) continue;
      const target = targetOf(
        node,
        properties.file.packageName,
        properties.file.originalFilePath,
        properties.key,
      );
      const tests = version?.tests ?? properties.tests;
      const columns = version?.columns ?? properties.columns;
      const add = (test: GenericTestNode | undefined): void =>
        void (test !== undefined && this.#resources.addNode(test));
      for (const column of columns) {
        const isQuoted = column.quote ?? properties.quoteColumns;
        const columnTarget = { name: isQuoted ? `"${column.name}"` : column.name, tags: column.tags };
        for (const test of column.tests)
          add(problems.collect(() => genericTests.build(target, test, columnTarget)));
      }
      for (const test of tests) add(problems.collect(() => genericTests.build(target, test, undefined)));
    }
    for (const file of files)
      for (const entry of file.entries.sources) {
        const built = problems.collect(() => buildSource(this.#loading, genericTests, entry, file));
        for (const { source, tests } of built ?? []) {
          this.#resources.addSource(source);
          for (const test of tests) this.#resources.addNode(test);
        }
      }
  }

  #exposures(files: readonly PropertiesFile[]): readonly Exposure[] {
    return files.flatMap((file) =>
      file.entries.exposures.flatMap((entry) => {
        const built = this.#loading.problems.collect(() => buildExposure(this.#loading, entry, file));
        return built === undefined ? [] : [built];
      }),
    );
  }

  #groups(files: readonly PropertiesFile[]): ReadonlyMap<UniqueId, Group> {
    const groups = files.flatMap((file) => file.entries.groups.map((entry) => buildGroup(entry, file)));
    return new Map(groups.map((group) => [group.uniqueId, group]));
  }

  /** Puts what each resource depends on in place; returns the exposures that are enabled. */
  #link(references: References, exposures: readonly Exposure[]): ReadonlyMap<UniqueId, Exposure> {
    const { problems, packages, warnings } = this.#loading;
    for (const node of this.#resources.nodes.values()) {
      const result = problems.collect(() => linked<ProjectNode>(node, references, packages));
      if (result === undefined) continue;
      if (result.kind === "linked") this.#resources.replaceNode(result.resource);
      else {
        this.#resources.disable(node);
        if (result.reason !== undefined) warnings.push(result.reason);
      }
    }
    const enabled = new Map<UniqueId, Exposure>();
    for (const exposure of exposures) {
      if (!exposure.config.isEnabled) {
        this.#resources.addDisabled(exposure);
        continue;
      }
      const result = problems.collect(() => linked<Exposure>(exposure, references, packages));
      if (result?.kind !== "linked") continue;
      const known = enabled.get(exposure.uniqueId);
      if (known !== undefined)
        problems.add(this.#resources.duplicate(exposure, `the other is in ${shownPlace(known.place)}`));
      enabled.set(exposure.uniqueId, result.resource);
    }
    return enabled;
  }
}

function targetOf(node: Refable, packageName: string, originalFilePath: string, key: string): TestTarget {
  const version = node.resourceType === "model" ? node.version : null;
  return {
    kind: "node",
    call: { name: node.name, package: null, version },
    nameInTest: version === null ? node.name : `${node.name}_v${version}`,
    packageName,
    originalFilePath,
    fileKeyName: `${key}.${node.name}`,
    attachedNode: node.uniqueId,
    group: node.group,
  };
}
