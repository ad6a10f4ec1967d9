import { plainToJson } from "../../transform/project/plain.ts";
import type { Resource } from "../../transform/project/resources.ts";
import { TransformError } from "../../transform/transform-error.ts";
import type { ListOptions } from "../grammar/transform.ts";
import { withLakehouse } from "../lakehouse.ts";
import { openedProject, selectedResources } from "../opened-project.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe transform list` */
export async function transformList(options: ListOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const opened = openedProject(options, lakehouse, { which: "list" });
    const types = options.resourceType;
    const resources = (await selectedResources(opened, options)).filter(
      ({ resourceType }) => types === undefined || types.includes(resourceType),
    );
    if (resources.length === 0)
      throw new TransformError(
        "NOTHING_SELECTED",
        `No resource of ${opened.project.name} fits the selection`,
      );
    if (options.json === true) await writeOut(`${JSON.stringify(resources.map(factsOf), null, 2)}\n`);
    else await writeOut(`${resources.map((one) => textOf(one, options.output)).join("\n")}\n`);
    return 0;
  });
}

function textOf(resource: Resource, kind: ListOptions["output"]): string {
  switch (kind) {
    case "selector":
      return selectorOf(resource);
    case "name":
      return resource.name;
    case "path":
      return resource.originalFilePath;
    case "json":
      return JSON.stringify(factsOf(resource));
  }
}

/** The selector of this resource alone, as dbt writes it. */
function selectorOf({ resourceType, fqn }: Resource): string {
  const path = fqn.join(".");
  return resourceType === "source" || resourceType === "exposure" ? `${resourceType}:${path}` : path;
}

function factsOf(resource: Resource): Readonly<Record<string, unknown>> {
  const { uniqueId, resourceType, name, packageName, originalFilePath, tags, config } = resource;
  return {
    unique_id: uniqueId,
    resource_type: resourceType,
    name,
    package_name: packageName,
    original_file_path: originalFilePath,
    tags,
    config: plainToJson(config.values),
    ...("dependsOn" in resource ? { depends_on: { nodes: resource.dependsOn.nodes } } : {}),
  };
}
