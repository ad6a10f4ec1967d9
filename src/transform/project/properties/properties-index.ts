import type { Loading } from "../loading.ts";
import type { NodeDraft } from "../node-drafts.ts";
import { yamlSnapshotDraft } from "../node-drafts.ts";
import { ProjectError, shownPlace } from "../project-error.ts";
import { nodeProperties } from "./node-properties.ts";
import type { NodeProperties, VersionProperties } from "./node-properties.ts";
import type { PropertiesFile, PropertyKey } from "./properties-file.ts";

/** A node with what properties files say of it. */
export interface DescribedNode {
  readonly draft: NodeDraft;
  readonly properties: NodeProperties | undefined;
  readonly version: VersionProperties | undefined;
}

const keyOfType: Readonly<Record<NodeDraft["type"], PropertyKey | undefined>> = {
  model: "models",
  seed: "seeds",
  snapshot: "snapshots",
  analysis: "analyses",
  test: "data_tests",
  operation: undefined,
};

/** What `ref` names. dbt takes properties of one of these below the key of another, with a warning. */
const referable: readonly PropertyKey[] = ["models", "seeds", "snapshots"];

/** The properties of all nodes of a project and its packages, by name. */
export class PropertiesIndex {
  readonly #all: readonly NodeProperties[];
  readonly #loading: Loading;

  constructor(files: readonly PropertiesFile[], loading: Loading) {
    this.#loading = loading;
    const keys = ["models", "seeds", "snapshots", "analyses", "data_tests"] as const;
    this.#all = files.flatMap((file) =>
      keys.flatMap((key) =>
        file.entries[key].flatMap((entry) => {
          const properties = loading.problems.collect(() => nodeProperties(key, entry, file));
          return properties === undefined ? [] : [properties];
        }),
      ),
    );
  }

  /** Brings nodes and properties together. Snapshots that stand in properties alone come as nodes, too. */
  describe(drafts: readonly NodeDraft[]): readonly DescribedNode[] {
    const written = this.#all.filter(({ key, relation }) => key === "snapshots" && relation !== null);
    const snapshots = written.map((properties) =>
      yamlSnapshotDraft(properties, { name: "none", checksum: "" }),
    );
    const all = [...drafts, ...snapshots];
    const byName = new Map<string, NodeDraft[]>();
    for (const draft of all) {
      const key = keyOfType[draft.type];
      if (key === undefined) continue;
      const named = byName.get(`${key}.${draft.name}`);
      if (named === undefined) byName.set(`${key}.${draft.name}`, [draft]);
      else named.push(draft);
    }
    const described = new Map<NodeDraft, DescribedNode>();
    for (const properties of this.#all) this.#assign(properties, byName, described);
    return all.map((draft) => described.get(draft) ?? { draft, properties: undefined, version: undefined });
  }

  #assign(
    properties: NodeProperties,
    byName: ReadonlyMap<string, readonly NodeDraft[]>,
    described: Map<NodeDraft, DescribedNode>,
  ): void {
    if (properties.versions.length === 0) {
      this.#assignOne(
        properties,
        undefined,
        this.#draftsNamed(properties, properties.name, byName),
        described,
      );
      return;
    }
    for (const version of properties.versions) {
      const fileName = version.definedIn ?? `${properties.name}_v${version.version}`;
      const named = this.#draftsNamed(properties, fileName, byName);
      const isLatest = version.version === properties.latestVersion;
      const drafts =
        named.length > 0 || !isLatest ? named : this.#draftsNamed(properties, properties.name, byName);
      this.#assignOne(properties, version, drafts, described);
    }
  }

  /** Those of the same package; else those of any. */
  #draftsNamed(
    { key, file, place }: NodeProperties,
    name: string,
    byName: ReadonlyMap<string, readonly NodeDraft[]>,
  ): readonly NodeDraft[] {
    const others = referable.includes(key) ? referable.filter((other) => other !== key) : [];
    const found = [key, ...others].find((candidate) => byName.has(`${candidate}.${name}`)) ?? key;
    if (found !== key)
      this.#loading.warnings.push(
        `${shownPlace(place)}: ${name} is not one of the ${key}: its properties belong below ${found}`,
      );
    const all = byName.get(`${found}.${name}`) ?? [];
    const own = all.filter(({ packageName }) => packageName === file.packageName);
    return own.length > 0 ? own : all.slice(0, 1);
  }

  #assignOne(
    properties: NodeProperties,
    version: VersionProperties | undefined,
    drafts: readonly NodeDraft[],
    described: Map<NodeDraft, DescribedNode>,
  ): void {
    const { key, name, place, file } = properties;
    if (drafts.length === 0 && file.packageName === this.#loading.rootName) {
      const what = version === undefined ? name : `${name}, version ${version.version}`;
      this.#loading.warnings.push(
        `${shownPlace(place)}: ${key} has properties of ${what}, of which there is no file`,
      );
    }
    for (const draft of drafts) {
      const known = described.get(draft)?.properties;
      if (known === undefined) described.set(draft, { draft, properties, version });
      else
        this.#loading.problems.add(
          new ProjectError(
            "DUPLICATE_RESOURCE",
            `${name} has properties in two places; the others are in ${shownPlace(known.place)}`,
            {
              place,
              nextStep: "Bring them together in one place.",
            },
          ),
        );
    }
  }
}
