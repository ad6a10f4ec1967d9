import { basename } from "node:path";

import { matchesPath, matchesPattern } from "../glob.ts";
import { isPlainList, isPlainMap, pythonText } from "../plain.ts";
import type { Plain } from "../plain.ts";
import { ProjectError } from "../project-error.ts";
import type { Project } from "../project.ts";
import { resourceTypes } from "../resources.ts";
import type { Resource, UniqueId } from "../resources.ts";
import type { Criterion, SelectionMethod } from "./selection-spec.ts";

interface Question {
  readonly resource: Resource;
  readonly value: string;
  readonly path: readonly string[];
  readonly project: Project;
  readonly previousStatuses: ReadonlyMap<UniqueId, string> | undefined;
}

/** Whether the criterion itself, without its relatives, matches a resource. */
export function matchesCriterion(
  resource: Resource,
  { method, value, path }: Criterion,
  project: Project,
  previousStatuses: ReadonlyMap<UniqueId, string> | undefined,
): boolean {
  return methods[method]({ resource, value, path, project, previousStatuses });
}

const methods: Readonly<Record<SelectionMethod, (question: Question) => boolean>> = {
  fqn: ({ resource, value }) =>
    resource.resourceType !== "source" &&
    (matchesFqn(resource, resource.fqn, value) || matchesFqn(resource, resource.fqn.slice(1), value)),
  tag: ({ resource, value }) => resource.tags.some((tag) => matchesPattern(tag, value)),
  path: ({ resource, value }) => pathsOf(resource).some((path) => matchesPath(path, value)),
  file: ({ resource, value }) => {
    const name = basename(resource.originalFilePath);
    return matchesPattern(name, value) || matchesPattern(name.replace(/\.[^.]*$/, ""), value);
  },
  package: ({ resource, value, project }) =>
    matchesPattern(resource.packageName, value === "this" ? project.name : value),
  config: ({ resource, value, path }) =>
    resource.resourceType !== "exposure" && matchesConfig(resource, path, value),
  source: ({ resource, value }) => {
    if (resource.resourceType !== "source") return false;
    const [table = "*", source = "*", packageName = "*"] = sourceParts(value);
    return (
      matchesPattern(resource.packageName, packageName) &&
      matchesPattern(resource.sourceName, source) &&
      matchesPattern(resource.name, table)
    );
  },
  exposure: ({ resource, value }) => {
    if (resource.resourceType !== "exposure") return false;
    const parts = value.split(".");
    if (parts.length > 2) throw invalid(`exposure:${value}`, "exposure:NAME or exposure:PACKAGE.NAME");
    const [name = "*", packageName = "*"] = parts.toReversed();
    return matchesPattern(resource.packageName, packageName) && matchesPattern(resource.name, name);
  },
  resource_type: ({ resource, value }) => {
    if (!resourceTypes.some((type) => type === value))
      throw invalid(`resource_type:${value}`, `one of ${resourceTypes.join(", ")}`);
    return resource.resourceType === value;
  },
  test_type: ({ resource, value }) => {
    const kinds = testKinds.get(value);
    if (kinds === undefined) throw invalid(`test_type:${value}`, "generic, singular or data");
    return resource.resourceType === "test" && kinds.includes(resource.testKind);
  },
  test_name: ({ resource, value }) =>
    resource.resourceType === "test" &&
    resource.testKind === "generic" &&
    matchesPattern(resource.testMetadata.name, value),
  group: ({ resource, value }) =>
    resource.resourceType !== "source" &&
    resource.resourceType !== "exposure" &&
    resource.group !== null &&
    matchesPattern(resource.group, value),
  access: ({ resource, value }) => resource.resourceType === "model" && resource.access === value,
  version: ({ resource, value }) => matchesVersion(resource, value),
  result: ({ resource, value, previousStatuses }) => {
    if (previousStatuses === undefined)
      throw new ProjectError("INVALID_SELECTION", `result:${value} needs an earlier run, and there is none`, {
        nextStep: "Run something first: its results are kept in run_results.json of the target folder.",
      });
    return previousStatuses.get(resource.uniqueId) === value;
  },
};

const testKinds: ReadonlyMap<string, readonly string[]> = new Map([
  ["generic", ["generic"]],
  ["schema", ["generic"]],
  ["singular", ["singular"]],
  ["data", ["generic", "singular"]],
]);

/** A name, or the parts of the fully qualified name from its beginning; wildcards stand for dots, too. */
function matchesFqn(resource: Resource, fqn: readonly string[], value: string): boolean {
  const isVersioned = resource.resourceType === "model" && resource.version !== null;
  const parts = value.split(".");
  const leaf = (isVersioned ? fqn.at(-2) : fqn.at(-1)) ?? "";
  if (leaf === value) return true;
  if (isVersioned && fqn.slice(-2).join("_") === parts.slice(-2).join("_")) return true;
  const flat = fqn.flatMap((part) => part.split("."));
  if (flat.length < parts.length) return false;
  const wildcard = parts.findIndex((part) => /[*?[\]]/.test(part));
  const fixed = wildcard < 0 ? parts : parts.slice(0, wildcard);
  if (!fixed.every((part, index) => flat[index] === part)) return false;
  if (wildcard < 0) return true;
  if (matchesPattern(flat.slice(wildcard).join("."), parts.slice(wildcard).join("."))) return true;
  return parts.length === 1 && matchesPattern(leaf, value);
}

/** Its file, the file of its properties, and the folders around its file. */
function pathsOf(resource: Resource): readonly string[] {
  const parts = resource.originalFilePath.split("/");
  const folders = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join("/"));
  const patch =
    "patchPath" in resource && resource.patchPath !== null
      ? [resource.patchPath.replace(/^.*?:\/\//, "")]
      : [];
  return [resource.originalFilePath, ...folders, ...patch];
}

function sourceParts(value: string): readonly string[] {
  const parts = value.split(".");
  if (parts.length > 3)
    throw invalid(`source:${value}`, "source:SOURCE, source:SOURCE.TABLE or source:PACKAGE.SOURCE.TABLE");
  const [source = "*"] = parts;
  return parts.length === 1 ? ["*", source] : parts.toReversed();
}

function matchesConfig(resource: Resource, path: readonly string[], value: string): boolean {
  const isSeverity = path.length === 1 && path[0] === "severity";
  const found = path.reduce<Plain | undefined>(
    (member, name) => (isPlainMap(member) ? member.get(name) : undefined),
    resource.config.values,
  );
  if (found === undefined) return false;
  const values = isPlainList(found) ? found : [found];
  return values.some((one) => {
    if (typeof one === "boolean") return value.toLowerCase() === String(one);
    const text = pythonText(one);
    return isSeverity ? text.toLowerCase() === value.toLowerCase() : text === value;
  });
}

function matchesVersion(resource: Resource, value: string): boolean {
  if (!["latest", "prerelease", "old", "none"].includes(value))
    throw invalid(`version:${value}`, "version:latest, version:prerelease, version:old or version:none");
  if (resource.resourceType !== "model") return false;
  const { version, latestVersion } = resource;
  if (version === null || latestVersion === null) return value === "none";
  if (version === latestVersion) return value === "latest";
  const isNewer =
    Number.isNaN(Number(version)) || Number.isNaN(Number(latestVersion))
      ? version > latestVersion
      : Number(version) > Number(latestVersion);
  return value === (isNewer ? "prerelease" : "old");
}

function invalid(raw: string, forms: string): ProjectError {
  return new ProjectError("INVALID_SELECTION", `The selection "${raw}" is unknown`, {
    nextStep: `Write ${forms}.`,
  });
}
