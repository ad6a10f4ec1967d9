import { tagsOf } from "./config-rules.ts";
import { configFor, memberMap, renderDescription } from "./loading.ts";
import type { Loading } from "./loading.ts";
import { pythonText } from "./plain.ts";
import type { Plain } from "./plain.ts";
import type { Entry } from "./properties/entry.ts";
import { configOf } from "./properties/node-properties.ts";
import type { PropertiesFile } from "./properties/properties-file.ts";
import { ResourceConfig } from "./resource-config.ts";
import type { Exposure, Group } from "./resources.ts";

/** Makes an exposure. What it depends on is still to be found. */
export function buildExposure(loading: Loading, entry: Entry, file: PropertiesFile): Exposure {
  const name = entry.name();
  const { packageName, originalFilePath } = file;
  const fqn = [packageName, ...file.path.split("/").slice(0, -1), name];
  const { place } = entry;
  const properties = configOf(entry);
  const values = configFor(loading, { type: "exposure", fqn, packageName, properties, place });
  const tags = [...new Set([...entry.texts("tags"), ...tagsOf(values.get("tags"))])].toSorted();
  const meta = memberMap(values, "meta");
  const config = new ResourceConfig(new Map([...values, ["tags", tags], ["meta", meta]]), place);
  const uniqueId = `exposure.${packageName}.${name}`;
  const code = entry
    .list("depends_on")
    .map((call) => `{{ ${pythonText(call)} }}`)
    .join("\n");
  const captured = loading.parser.capture(
    {
      uniqueId,
      resourceType: "exposure",
      name,
      packageName,
      path: file.path,
      originalFilePath,
      fqn,
      rawCode: code,
      database: loading.target.database,
      schema: loading.target.schema,
      alias: name,
      version: null,
      tags,
      config,
    },
    { text: code, place: entry.placeOf("depends_on") },
  );
  return {
    uniqueId,
    resourceType: "exposure",
    name,
    packageName,
    path: file.path,
    originalFilePath,
    fqn,
    config,
    tags,
    meta,
    description: renderDescription(loading, packageName, entry.text("description") ?? "", place),
    place,
    type: entry.name("type"),
    label: entry.text("label") ?? null,
    maturity: entry.text("maturity") ?? null,
    url: entry.text("url") ?? null,
    owner: new Map<string, Plain>([["email", null], ...entry.map("owner")]),
    refs: captured.refs,
    sources: captured.sources,
    dependsOn: { nodes: [], macros: captured.macros },
  };
}

export function buildGroup(entry: Entry, { packageName, originalFilePath }: PropertiesFile): Group {
  const name = entry.name();
  const owner = entry.map("owner");
  return {
    uniqueId: `group.${packageName}.${name}`,
    name,
    packageName,
    originalFilePath,
    owner,
    description: entry.text("description") ?? "",
  };
}
