import { ProjectError } from "./project-error.ts";
import type { Exposure, ProjectNode, SourceDefinition, UniqueId } from "./resources.ts";

/** Who depends on whom among the enabled resources. */
export interface Graph {
  /** In an order in which each resource comes after all that it depends on; otherwise by name. */
  readonly order: readonly UniqueId[];
  parentsOf(id: UniqueId): readonly UniqueId[];
  childrenOf(id: UniqueId): readonly UniqueId[];
}

const none: readonly UniqueId[] = [];

/** @throws ProjectError `CYCLE` with its path */
export function graphOf(resources: Iterable<ProjectNode | SourceDefinition | Exposure>): Graph {
  const parents = new Map<UniqueId, readonly UniqueId[]>();
  const children = new Map<UniqueId, UniqueId[]>();
  const files = new Map<UniqueId, string>();
  for (const resource of resources) {
    files.set(resource.uniqueId, resource.place.file);
    parents.set(resource.uniqueId, resource.resourceType === "source" ? none : resource.dependsOn.nodes);
    children.set(resource.uniqueId, []);
  }
  for (const [id, ids] of parents) for (const parent of ids) children.get(parent)?.push(id);
  for (const ids of children.values()) ids.sort();
  return {
    order: topologicalOrder(parents, children, (id) => files.get(id) ?? ""),
    parentsOf: (id) => parents.get(id) ?? none,
    childrenOf: (id) => children.get(id) ?? none,
  };
}

function topologicalOrder(
  parents: ReadonlyMap<UniqueId, readonly UniqueId[]>,
  children: ReadonlyMap<UniqueId, readonly UniqueId[]>,
  fileOf: (id: UniqueId) => string,
): readonly UniqueId[] {
  const waiting = new Map([...parents].map(([id, ids]) => [id, ids.length]));
  let ready = [...parents.keys()].filter((id) => waiting.get(id) === 0).toSorted();
  const order: UniqueId[] = [];
  while (ready.length > 0) {
    const next: UniqueId[] = [];
    for (const id of ready) {
      order.push(id);
      for (const child of children.get(id) ?? none) {
        const left = (waiting.get(child) ?? 0) - 1;
        waiting.set(child, left);
        if (left === 0) next.push(child);
      }
    }
    ready = next.toSorted();
  }
  if (order.length < parents.size) throw cycleError(parents, new Set(order), fileOf);
  return order;
}

/** Everything that is left waits for a cycle: going from parent to parent ends in it. */
function cycleError(
  parents: ReadonlyMap<UniqueId, readonly UniqueId[]>,
  done: ReadonlySet<UniqueId>,
  fileOf: (id: UniqueId) => string,
): ProjectError {
  const path: UniqueId[] = [];
  let id = [...parents.keys()].find((candidate) => !done.has(candidate));
  while (id !== undefined && !path.includes(id)) {
    path.push(id);
    id = (parents.get(id) ?? none).find((parent) => !done.has(parent));
  }
  const cycle = id === undefined ? path : [...path.slice(path.indexOf(id)), id];
  const shown = cycle.toReversed().map((member) => `${nameIn(member)} (${fileOf(member)})`);
  return new ProjectError("CYCLE", `Resources depend on each other in a circle: ${shown.join(" -> ")}`, {
    nextStep: "Remove one of these refs.",
  });
}

function nameIn(id: UniqueId): string {
  return id.split(".").slice(2).join(".");
}
