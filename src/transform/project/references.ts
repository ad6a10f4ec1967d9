import { nearestName } from "finance-feedback-delta/contract";

import type { ProjectPackage } from "./project-package.ts";
import { ProjectError, shownPlace } from "./project-error.ts";
import type {
  Exposure,
  ProjectNode,
  RefCall,
  Resource,
  SourceCall,
  SourceDefinition,
  UniqueId,
} from "./resources.ts";

/** What can be referred to by `ref()`. */
export type Refable = Extract<ProjectNode, { readonly resourceType: "model" | "seed" | "snapshot" }>;

export type Found<Target> =
  | { readonly kind: "found"; readonly target: Target }
  | { readonly kind: "disabled"; readonly target: Target }
  | { readonly kind: "missing" };

/** Finds what `ref()` and `source()` mean, seen from a package. */
export class References {
  readonly #refables = new Map<string, Refable[]>();
  readonly #disabledRefables = new Map<string, Refable[]>();
  readonly #sources = new Map<string, SourceDefinition[]>();
  readonly #disabledSources = new Map<string, SourceDefinition[]>();
  readonly #rootName: string;
  readonly #searchesOwnPackageFirst: boolean;

  constructor(
    resources: Iterable<Resource>,
    packages: ReadonlyMap<string, ProjectPackage>,
    rootName: string,
  ) {
    this.#rootName = rootName;
    const flags = packages.get(rootName)?.file.flags;
    this.#searchesOwnPackageFirst = flags?.get("require_ref_searches_node_package_before_root") === true;
    for (const resource of resources) this.#add(resource);
  }

  ref(call: RefCall, fromPackage: string): Found<Refable> {
    const name = call.version === null ? call.name : `${call.name}.v${call.version}`;
    return this.#find(name, call.package, fromPackage, this.#refables, this.#disabledRefables);
  }

  source([source, table]: SourceCall, fromPackage: string): Found<SourceDefinition> {
    return this.#find(`${source}.${table}`, null, fromPackage, this.#sources, this.#disabledSources);
  }

  /** What was most likely meant by a name that is missing. */
  nearestRef(name: string): string | undefined {
    return nearestName(name, [...this.#refables.keys()]);
  }

  nearestSource([source, table]: SourceCall): string | undefined {
    return nearestName(`${source}.${table}`, [...this.#sources.keys()]);
  }

  #add(resource: Resource): void {
    if (resource.resourceType === "source") {
      const bySource = resource.config.isEnabled ? this.#sources : this.#disabledSources;
      push(bySource, `${resource.sourceName}.${resource.name}`, resource);
    } else if (
      resource.resourceType === "model" ||
      resource.resourceType === "seed" ||
      resource.resourceType === "snapshot"
    ) {
      const byName = resource.config.isEnabled ? this.#refables : this.#disabledRefables;
      const version = resource.resourceType === "model" ? resource.version : null;
      if (version !== null) push(byName, `${resource.name}.v${version}`, resource);
      if (resource.resourceType !== "model" || version === null || version === resource.latestVersion)
        push(byName, resource.name, resource);
    }
  }

  #find<Target extends Resource>(
    name: string,
    packageName: string | null,
    fromPackage: string,
    enabled: ReadonlyMap<string, readonly Target[]>,
    disabled: ReadonlyMap<string, readonly Target[]>,
  ): Found<Target> {
    const places = this.#packagesToSearch(packageName, fromPackage);
    const candidates = enabled.get(name) ?? [];
    for (const place of places) {
      const inPlace = place === null ? candidates : candidates.filter((one) => one.packageName === place);
      const [target, other] = inPlace;
      if (target === undefined) continue;
      if (other !== undefined)
        throw new ProjectError(
          "DUPLICATE_RESOURCE",
          `${name} is the name of several resources: ${inPlace.map(({ uniqueId }) => uniqueId).join(", ")}`,
          { nextStep: `Name its package: ref('${target.packageName}', '${name}').` },
        );
      return { kind: "found", target };
    }
    const switchedOff = (disabled.get(name) ?? []).find(
      (one) => places.includes(null) || places.includes(one.packageName),
    );
    return switchedOff === undefined ? { kind: "missing" } : { kind: "disabled", target: switchedOff };
  }

  #packagesToSearch(packageName: string | null, fromPackage: string): readonly (string | null)[] {
    if (packageName !== null) return [packageName];
    if (fromPackage === this.#rootName) return [this.#rootName, null];
    return this.#searchesOwnPackageFirst
      ? [fromPackage, this.#rootName, null]
      : [this.#rootName, fromPackage, null];
  }
}

function push<Item>(lists: Map<string, Item[]>, name: string, item: Item): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

/** A resource with what it depends on, or why that cannot be: what a test lacks only switches the test off. */
export type Linked<Kind> =
  | { readonly kind: "linked"; readonly resource: Kind }
  | { readonly kind: "disabled"; readonly reason: string | undefined };

/**
 * Finds what a node or an exposure depends on.
 *
 * @throws ProjectError `MISSING_RESOURCE` for a name that is missing, unless a test uses it; `INVALID_CONFIG` for what is private
 */
export function linked<Kind extends ProjectNode | Exposure>(
  resource: Kind,
  references: References,
  packages: ReadonlyMap<string, ProjectPackage>,
): Linked<Kind> {
  const nodes: UniqueId[] = [];
  for (const call of resource.refs) {
    const found = references.ref(call, resource.packageName);
    if (found.kind !== "found")
      return lacking(resource, refText(call), found, () => references.nearestRef(call.name));
    checkAccess(resource, found.target, packages);
    nodes.push(found.target.uniqueId);
  }
  for (const call of resource.sources) {
    const found = references.source(call, resource.packageName);
    if (found.kind !== "found")
      return lacking(resource, `source('${call[0]}', '${call[1]}')`, found, () =>
        references.nearestSource(call),
      );
    nodes.push(found.target.uniqueId);
  }
  const dependsOn = { ...resource.dependsOn, nodes: [...new Set(nodes)] };
  return { kind: "linked", resource: { ...resource, dependsOn } };
}

function refText({ name, package: packageName, version }: RefCall): string {
  const parts = [...(packageName === null ? [] : [`'${packageName}'`]), `'${name}'`];
  return `ref(${[...parts, ...(version === null ? [] : [`v=${version}`])].join(", ")})`;
}

function lacking<Kind extends ProjectNode | Exposure>(
  resource: Kind,
  call: string,
  found: Found<Resource>,
  nearestOf: () => string | undefined,
): Linked<Kind> {
  const owner = `${resource.resourceType} ${resource.name}`;
  if (resource.resourceType === "test") {
    if (found.kind === "disabled") return { kind: "disabled", reason: undefined };
    const nearest = nearestOf();
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    return {
      kind: "disabled",
      reason: `${shownPlace(resource.place)}: ${owner} is switched off, since ${call} does not exist${hint}`,
    };
  }
  if (found.kind === "disabled")
    throw new ProjectError("MISSING_RESOURCE", `${owner} depends on ${call}, which is disabled`, {
      place: resource.place,
      nextStep: `Enable it (it is configured in ${shownPlace(found.target.place)} or in dbt_project.yml), or disable ${resource.name}.`,
    });
  const nearest = nearestOf();
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  throw new ProjectError("MISSING_RESOURCE", `${owner} depends on ${call}, which does not exist${hint}`, {
    place: resource.place,
  });
}

function checkAccess(
  resource: ProjectNode | Exposure,
  target: Refable,
  packages: ReadonlyMap<string, ProjectPackage>,
): void {
  if (target.resourceType !== "model" || target.access === "public") return;
  const group = resource.resourceType === "exposure" ? null : resource.group;
  const isOutside =
    resource.packageName !== target.packageName &&
    packages.get(target.packageName)?.file.restrictAccess === true;
  const isAllowed =
    target.access === "protected" ? !isOutside : group !== null && group === target.group && !isOutside;
  if (isAllowed) return;
  const scope =
    target.access === "private" ? `group ${target.group ?? "(none)"}` : `package ${target.packageName}`;
  throw new ProjectError(
    "INVALID_CONFIG",
    `${resource.resourceType} ${resource.name} depends on model ${target.name}, whose access is ${target.access} to ${scope}`,
    { place: resource.place },
  );
}
