import { escaped } from "../../pages/html.ts";
import { hrefOf } from "./anchor.ts";
import type { ShownProject, ShownResource } from "./shown-project.ts";
import { titleOf } from "./title.ts";

/** All resources by their folders; sources by their names. What the search looks through. */
export function resourceList(shown: ShownProject): string {
  const groups = [...Map.groupBy(shown.resources, (resource) => groupOf(shown, resource))];
  return groups
    .toSorted(
      ([left, [one]], [right, [other]]) =>
        rankOf(shown, one) - rankOf(shown, other) || (left < right ? -1 : 1),
    )
    .map(([name, resources]) => groupHtml(shown, name, resources))
    .join("\n");
}

/** `models/silver`, `ffe: models/silver` of another package, `source bronze`. */
function groupOf({ project }: ShownProject, resource: ShownResource): string {
  const { packageName, resourceType, originalFilePath } = resource;
  const ofPackage = packageName === project.name ? "" : `${packageName}: `;
  if (resourceType === "source") return `${ofPackage}source ${resource.sourceName}`;
  if (resourceType === "exposure") return `${ofPackage}exposures`;
  return `${ofPackage}${originalFilePath.split("/").slice(0, -1).join("/")}`;
}

const types = ["source", "seed", "model", "snapshot", "exposure", "analysis", "test"];

/** The project's own first; what things come from before what comes of them. */
function rankOf({ project }: ShownProject, first: ShownResource | undefined): number {
  const rank = types.indexOf(first?.resourceType ?? "");
  return first?.packageName === project.name ? rank : rank + types.length;
}

function groupHtml(shown: ShownProject, name: string, resources: readonly ShownResource[]): string {
  const items = resources
    .toSorted((left, right) => (titleOf(left) < titleOf(right) ? -1 : 1))
    .map(
      (resource) =>
        `<li data-words="${escaped(wordsOf(shown, resource))}"><a href="${hrefOf(resource.uniqueId)}">${escaped(titleOf(resource))}</a></li>`,
    );
  return `<details><summary>${escaped(name)} <small class="quiet">${resources.length}</small></summary><ul>${items.join("\n")}</ul></details>`;
}

/** What the search finds a resource by, besides its name. */
function wordsOf({ facts }: ShownProject, resource: ShownResource): string {
  const described = "columns" in resource ? [...resource.columns.values()] : [];
  const columns = facts.tables.get(resource.uniqueId)?.catalog.columns ?? [];
  const schema = "schema" in resource ? resource.schema : "";
  const words = [
    resource.resourceType,
    schema,
    resource.description,
    ...resource.tags,
    ...new Set([...columns, ...described].map(({ name }) => name)),
    ...described.map(({ description }) => description),
  ];
  return words.join(" ").replaceAll(/\s+/g, " ");
}
