import type { Project } from "../project/project.ts";
import type {
  Exposure,
  GenericTestNode,
  ProjectNode,
  Resource,
  SourceDefinition,
  UniqueId,
} from "../project/resources.ts";
import type { ProjectFacts } from "./project-facts.ts";

/** A resource that has a section of its own: all except generic tests, which stand with what they test, and hooks. */
export type ShownResource = Exclude<ProjectNode, GenericTestNode> | SourceDefinition | Exposure;

/** A project as its page shows it. */
export class ShownProject {
  readonly project: Project;
  readonly facts: ProjectFacts;
  /** Each behind all that it comes from. */
  readonly resources: readonly ShownResource[];
  readonly #byId: ReadonlyMap<UniqueId, ShownResource>;
  readonly #tests: ReadonlyMap<UniqueId | undefined, readonly GenericTestNode[]>;

  constructor(project: Project, facts: ProjectFacts) {
    this.project = project;
    this.facts = facts;
    this.resources = project.graph.order.flatMap((id) => {
      const resource = project.nodes.get(id) ?? project.sources.get(id) ?? project.exposures.get(id);
      return resource !== undefined && isShown(resource) ? [resource] : [];
    });
    this.#byId = new Map(this.resources.map((resource) => [resource.uniqueId, resource]));
    this.#tests = Map.groupBy([...project.nodes.values()].filter(isGenericTest), (test) =>
      testedBy(project, test),
    );
  }

  get(id: UniqueId): ShownResource | undefined {
    return this.#byId.get(id);
  }

  /** The tests that its properties ask for. */
  testsOf(id: UniqueId): readonly GenericTestNode[] {
    return this.#tests.get(id) ?? [];
  }

  /** What the resource depends on. */
  parentsOf(id: UniqueId): readonly ShownResource[] {
    return this.#shown(this.project.graph.parentsOf(id));
  }

  /** What depends on it. */
  childrenOf(id: UniqueId): readonly ShownResource[] {
    return this.#shown(this.project.graph.childrenOf(id));
  }

  #shown(ids: readonly UniqueId[]): readonly ShownResource[] {
    return [...new Set(ids)].flatMap((id) => this.#byId.get(id) ?? []);
  }
}

function isShown(resource: Resource): resource is ShownResource {
  if (resource.resourceType === "operation" || isGenericTest(resource)) return false;
  return !("docs" in resource) || resource.docs.show;
}

function isGenericTest(resource: Resource): resource is GenericTestNode {
  return resource.resourceType === "test" && resource.testKind === "generic";
}

function testedBy(project: Project, { attachedNode, dependsOn }: GenericTestNode): UniqueId | undefined {
  return attachedNode ?? dependsOn.nodes.find((id) => project.sources.has(id));
}
