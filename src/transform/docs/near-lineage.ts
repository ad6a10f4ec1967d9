import type { UniqueId } from "../project/resources.ts";
import type { PictureNode } from "./lineage-picture.ts";
import { titleOf } from "./title.ts";
import type { ShownProject, ShownResource } from "./shown-project.ts";

/** As many as a picture shows; of more, those nearest to the resource. There is one for each, and they are to stay a page. */
function shownMaxOf({ resources }: ShownProject): number {
  return Math.min(60, Math.max(20, Math.floor(12_000 / Math.max(1, resources.length))));
}

/** What a resource comes from and what comes from it, over any number of steps; tests are left out. */
export interface NearLineage {
  /** With the resource itself, each behind all that it comes from. */
  readonly resources: readonly ShownResource[];
  /** How many are left out. */
  readonly left: number;
}

export function nearLineage(shown: ShownProject, id: UniqueId): NearLineage {
  const steps = new Map<UniqueId, number>([[id, 0]]);
  const walk = (neighbours: (of: UniqueId) => readonly ShownResource[]): void => {
    const reached = new Map<UniqueId, number>([[id, 0]]);
    for (const [from, step] of reached)
      for (const { uniqueId, resourceType } of neighbours(from))
        if (resourceType !== "test" && !reached.has(uniqueId)) reached.set(uniqueId, step + 1);
    for (const [found, step] of reached) steps.set(found, step);
  };
  walk((of) => shown.parentsOf(of));
  walk((of) => shown.childrenOf(of));
  const nearest = [...steps].toSorted(([, left], [, right]) => left - right).slice(0, shownMaxOf(shown));
  const kept = new Set(nearest.map(([found]) => found));
  return {
    resources: shown.resources.filter(({ uniqueId }) => kept.has(uniqueId)),
    left: steps.size - kept.size,
  };
}

export function pictureNode(shown: ShownProject, resource: ShownResource): PictureNode {
  const { uniqueId: id, resourceType: kind } = resource;
  return { id, kind, name: titleOf(resource), parents: shown.parentsOf(id).map(({ uniqueId }) => uniqueId) };
}
