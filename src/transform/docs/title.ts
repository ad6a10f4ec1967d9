import type { Resource } from "../project/resources.ts";

/** How people call a resource: a source's table with its source. */
export function titleOf(resource: Resource): string {
  return resource.resourceType === "source" ? `${resource.sourceName}.${resource.name}` : resource.name;
}
