import type { NodeDraft } from "./node-drafts.ts";
import { ProjectError, shownPlace } from "./project-error.ts";
import type { ProblemList } from "./problem-list.ts";
import type { Refable } from "./references.ts";
import type { ProjectNode, Resource, SourceDefinition, UniqueId } from "./resources.ts";

/** The resources of a project while it is loaded. Two with one id, or one relation for two, are problems. */
export class ResourceList {
  readonly #problems: ProblemList;
  readonly #nodes = new Map<UniqueId, ProjectNode>();
  readonly #sources = new Map<UniqueId, SourceDefinition>();
  readonly #disabled = new Map<UniqueId, Resource[]>();
  readonly #relations = new Map<string, ProjectNode>();
  /** By the file and the name in it, and by the version. */
  readonly #refables = new Map<string, Refable>();

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  get nodes(): ReadonlyMap<UniqueId, ProjectNode> {
    return this.#nodes;
  }

  get sources(): ReadonlyMap<UniqueId, SourceDefinition> {
    return this.#sources;
  }

  get disabled(): ReadonlyMap<UniqueId, readonly Resource[]> {
    return this.#disabled;
  }

  get all(): Iterable<Resource> {
    return [...this.#nodes.values(), ...this.#sources.values(), ...[...this.#disabled.values()].flat()];
  }

  addNode(node: ProjectNode): void {
    if (isRefable(node))
      this.#refables.set(keyOf(node, node.resourceType === "model" ? node.version : null), node);
    if (!node.config.isEnabled) {
      this.addDisabled(node);
      return;
    }
    const known = this.#nodes.get(node.uniqueId);
    if (known !== undefined) {
      // A test that is asked for twice in the same words is one test.
      if (node.resourceType === "test" && node.testKind === "generic") {
        this.#problems.add(this.duplicate(node, `it is asked for in ${shownPlace(known.place)}, too`));
        return;
      }
      this.#problems.add(this.duplicate(node, `the other is in ${shownPlace(known.place)}`));
      return;
    }
    this.#checkRelation(node);
    this.#nodes.set(node.uniqueId, node);
  }

  replaceNode(node: ProjectNode): void {
    this.#nodes.set(node.uniqueId, node);
  }

  /** A node turns out to lack what it needs. */
  disable(node: ProjectNode): void {
    this.#nodes.delete(node.uniqueId);
    this.addDisabled(node);
  }

  addDisabled(resource: Resource): void {
    const known = this.#disabled.get(resource.uniqueId);
    if (known === undefined) this.#disabled.set(resource.uniqueId, [resource]);
    else known.push(resource);
  }

  addSource(source: SourceDefinition): void {
    if (!source.config.isEnabled) {
      this.addDisabled(source);
      return;
    }
    const known = this.#sources.get(source.uniqueId);
    if (known !== undefined)
      this.#problems.add(this.duplicate(source, `the other is in ${shownPlace(known.place)}`));
    this.#sources.set(source.uniqueId, source);
  }

  /** The model, seed or snapshot that was made of a draft. */
  refableOf(draft: NodeDraft, version: string | null): Refable | undefined {
    return this.#refables.get(keyOf({ ...draft, resourceType: draft.type }, version));
  }

  duplicate(resource: Resource, other: string): ProjectError {
    const { resourceType, name, packageName, place } = resource;
    return new ProjectError(
      "DUPLICATE_RESOURCE",
      `Package ${packageName} has two resources ${resourceType} ${name}; ${other}`,
      { place, nextStep: "Rename or disable one of them." },
    );
  }

  #checkRelation(node: ProjectNode): void {
    if (node.relationName === null) return;
    const key = node.relationName.toLowerCase();
    const known = this.#relations.get(key);
    if (known === undefined) this.#relations.set(key, node);
    else
      this.#problems.add(
        new ProjectError(
          "DUPLICATE_RESOURCE",
          `${node.resourceType} ${node.name} and ${known.resourceType} ${known.name} (${shownPlace(known.place)}) make the same relation ${node.relationName}`,
          { place: node.place, nextStep: "Give one of them another alias or schema." },
        ),
      );
  }
}

function isRefable(node: ProjectNode): node is Refable {
  return node.resourceType === "model" || node.resourceType === "seed" || node.resourceType === "snapshot";
}

function keyOf(
  node: Pick<NodeDraft, "packageName" | "originalFilePath" | "path"> & {
    readonly resourceType: string;
    readonly name: string;
  },
  version: string | null,
): string {
  const inFile = node.resourceType === "snapshot" ? node.name : "";
  return [node.packageName, node.originalFilePath, node.path, inFile, version ?? ""].join("\n");
}
