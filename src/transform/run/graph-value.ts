import { groupMembers, resourceMembers } from "../artifacts/resource-members.ts";
import { toDict } from "../context/plain-conversion.ts";
import { PyDict } from "../jinja/mappings.ts";
import type { Value } from "../jinja/values.ts";
import type { PlainMap } from "../project/plain.ts";
import type { Project } from "../project/project.ts";
import type { Resource } from "../project/resources.ts";

/** What templates see as `graph`: the resources of the project by their ids, as the manifest has them. */
export function graphValue(project: Project, startedAt: Date): Value {
  const createdAt = startedAt.getTime() / 1000;
  const members = (resource: Resource): PlainMap => resourceMembers(resource, createdAt);
  return PyDict.of({
    exposures: dictById(project.exposures, members),
    functions: new PyDict(),
    groups: dictById(project.groups, groupMembers),
    metrics: new PyDict(),
    nodes: dictById(project.nodes, members),
    sources: dictById(project.sources, members),
    semantic_models: new PyDict(),
    saved_queries: new PyDict(),
  });
}

function dictById<Item>(items: ReadonlyMap<string, Item>, members: (item: Item) => PlainMap): PyDict {
  return new PyDict(Array.from(items, ([id, item]) => [id, toDict(members(item))] as const));
}
