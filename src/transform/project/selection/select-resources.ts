import { nearestName } from "finance-feedback-delta/contract";

import type { Project } from "../project.ts";
import type { Resource, ResourceType, UniqueId } from "../resources.ts";
import { matchesCriterion } from "./methods.ts";
import { parseSelection } from "./selection-spec.ts";
import type { Criterion, IndirectSelection, SelectionSpec } from "./selection-spec.ts";

export interface SelectionRequest {
  /** As on the command line; everything when left out. */
  readonly select?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** In place of the two: a spec that `selectors.yml` defines. */
  readonly spec?: SelectionSpec | undefined;
  readonly indirect?: IndirectSelection | undefined;
  /** Only these types; all when left out. */
  readonly resourceTypes?: readonly ResourceType[] | undefined;
  /** With models whose files are empty: they can be listed and not be run. */
  readonly includeEmpty?: boolean | undefined;
  /** What a former run's `run_results.json` says, for `result:`. */
  readonly previousStatuses?: ReadonlyMap<UniqueId, string> | undefined;
  /** Told of what matches nothing. */
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * The enabled resources that are selected, in build order.
 *
 * @throws ProjectError `INVALID_SELECTION`, `NOT_SUPPORTED`
 */
export function selectResources(project: Project, request: SelectionRequest): readonly Resource[] {
  const spec = request.spec ?? parseSelection(request.select, request.exclude, request.indirect ?? "eager");
  const { direct } = new Selector(project, request).evaluate(spec);
  const types = request.resourceTypes;
  return project.graph.order.flatMap((id) => {
    const resource = direct.has(id) ? resourceById(project, id) : undefined;
    if (resource === undefined || (request.includeEmpty !== true && isEmpty(resource))) return [];
    return types === undefined || types.includes(resource.resourceType) ? [resource] : [];
  });
}

function resourceById(project: Project, id: UniqueId): Resource | undefined {
  return project.nodes.get(id) ?? project.sources.get(id) ?? project.exposures.get(id);
}

/** A file without code is no model. */
function isEmpty(resource: Resource): boolean {
  return "rawCode" in resource && resource.resourceType !== "seed" && resource.rawCode.trim() === "";
}

/** What is selected, and tests of which not all parents are: they may come in when others are selected, too. */
interface Selected {
  readonly direct: ReadonlySet<UniqueId>;
  readonly indirect: ReadonlySet<UniqueId>;
}

class Selector {
  readonly #project: Project;
  readonly #request: SelectionRequest;

  constructor(project: Project, request: SelectionRequest) {
    this.#project = project;
    this.#request = request;
  }

  evaluate(spec: SelectionSpec): Selected {
    if (spec.kind === "criterion") return this.#criterion(spec);
    const parts = spec.parts.map((part) => this.evaluate(part));
    const combined = combine(
      spec.kind,
      parts.map(({ direct }) => direct),
    );
    const indirect = combine(
      spec.kind,
      parts.map((part) => unionOf(part.direct, part.indirect)),
    );
    const direct = this.#withCompleteTests(combined, indirect, spec.indirect);
    if (spec.raw !== undefined && direct.size === 0) this.#warnOfNothing(spec.raw, spec);
    return { direct, indirect };
  }

  #criterion(criterion: Criterion): Selected {
    const { graph } = this.#project;
    const found = new Set<UniqueId>();
    for (const id of graph.order) {
      const resource = resourceById(this.#project, id);
      if (
        resource !== undefined &&
        matchesCriterion(resource, criterion, this.#project, this.#request.previousStatuses)
      )
        found.add(id);
    }
    const selected = new Set(found);
    if (criterion.withChildrensParents) {
      const withChildren = unionOf(found, this.#relatives(found, "childrenOf", Number.POSITIVE_INFINITY));
      for (const id of withChildren) selected.add(id);
      for (const id of this.#relatives(withChildren, "parentsOf", Number.POSITIVE_INFINITY)) selected.add(id);
    }
    for (const id of this.#relatives(found, "parentsOf", criterion.parentsDepth ?? 0)) selected.add(id);
    for (const id of this.#relatives(found, "childrenOf", criterion.childrenDepth ?? 0)) selected.add(id);
    return criterion.indirect === "empty"
      ? { direct: selected, indirect: new Set() }
      : this.#withTests(selected, criterion.indirect);
  }

  #relatives(
    from: ReadonlySet<UniqueId>,
    side: "parentsOf" | "childrenOf",
    depth: number,
  ): ReadonlySet<UniqueId> {
    const found = new Set<UniqueId>();
    let layer: Iterable<UniqueId> = from;
    for (let step = 0; step < depth; step += 1) {
      const next = new Set<UniqueId>();
      for (const id of layer)
        for (const relative of this.#project.graph[side](id)) if (!found.has(relative)) next.add(relative);
      if (next.size === 0) break;
      for (const id of next) found.add(id);
      layer = next;
    }
    return found;
  }

  /** Tests of what is selected come along. */
  #withTests(selected: ReadonlySet<UniqueId>, indirect: IndirectSelection): Selected {
    const direct = new Set(selected);
    const waiting = new Set<UniqueId>();
    const enough =
      indirect === "buildable"
        ? unionOf(this.#withParents(selected), this.#project.sources.keys())
        : selected;
    for (const id of selected)
      for (const child of this.#project.graph.childrenOf(id)) {
        if (this.#project.nodes.get(child)?.resourceType !== "test") continue;
        const isComplete = this.#project.graph.parentsOf(child).every((parent) => enough.has(parent));
        if (indirect === "eager" || isComplete) direct.add(child);
        else waiting.add(child);
      }
    return { direct, indirect: waiting };
  }

  #withParents(selected: ReadonlySet<UniqueId>): ReadonlySet<UniqueId> {
    return unionOf(selected, this.#relatives(selected, "parentsOf", Number.POSITIVE_INFINITY));
  }

  /** Tests that waited for a parent which another part of the selection brought. */
  #withCompleteTests(
    direct: ReadonlySet<UniqueId>,
    indirect: ReadonlySet<UniqueId>,
    mode: IndirectSelection,
  ): ReadonlySet<UniqueId> {
    if (mode !== "cautious" && mode !== "buildable") return direct;
    const enough = mode === "buildable" ? this.#withParents(direct) : direct;
    const complete = [...indirect].filter((id) =>
      this.#project.graph.parentsOf(id).every((parent) => enough.has(parent)),
    );
    return unionOf(direct, complete);
  }

  #warnOfNothing(raw: string, spec: SelectionSpec): void {
    const [first] = spec.kind === "intersection" ? spec.parts : [];
    const value = first?.kind === "criterion" && first.method === "fqn" ? first.value : undefined;
    const names = [...this.#project.nodes.values()].map(({ name }) => name);
    const nearest = value === undefined ? undefined : nearestName(value, names);
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    this.#request.warn?.(`The selection ${raw} matches no enabled resource${hint}`);
  }
}

function combine(
  kind: "union" | "intersection" | "difference",
  sets: readonly ReadonlySet<UniqueId>[],
): ReadonlySet<UniqueId> {
  const [first = new Set<UniqueId>(), ...others] = sets;
  return others.reduce((all, set) => {
    if (kind === "union") return unionOf(all, set);
    return new Set([...all].filter((id) => set.has(id) === (kind === "intersection")));
  }, first);
}

function unionOf(left: Iterable<UniqueId>, right: Iterable<UniqueId>): ReadonlySet<UniqueId> {
  return new Set([...left, ...right]);
}
