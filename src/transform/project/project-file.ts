import { join } from "node:path";
import { nearestName } from "finance-feedback-delta/contract";

import { asList, emptyMap, isPlainList, isPlainMap, pythonText } from "./plain.ts";
import type { Plain, PlainMap } from "./plain.ts";
import { ProjectError } from "./project-error.ts";
import type { ProjectPlace } from "./project-error.ts";
import { readYaml } from "./yaml-file.ts";
import type { KeyPath, YamlFile } from "./yaml-file.ts";

export const projectFileName = "dbt_project.yml";

/** The kinds of resources that have a tree of configs in `dbt_project.yml`. */
const configTrees = ["models", "seeds", "snapshots", "data_tests", "sources", "exposures"] as const;
export type ConfigTree = (typeof configTrees)[number];

/** What `dbt_project.yml` says, with dbt's defaults. */
export interface ProjectFile {
  readonly name: string;
  readonly version: string | null;
  /** Which profile of `profiles.yml` dbt-core takes; this engine needs none. */
  readonly profile: string | null;
  readonly modelPaths: readonly string[];
  readonly macroPaths: readonly string[];
  readonly seedPaths: readonly string[];
  readonly testPaths: readonly string[];
  readonly analysisPaths: readonly string[];
  readonly snapshotPaths: readonly string[];
  /** Where `{% docs %}` are looked for; everywhere when the file does not say. */
  readonly docsPaths: readonly string[];
  readonly targetPath: string;
  readonly packagesInstallPath: string;
  readonly quoting: PlainMap;
  readonly onRunStart: readonly string[];
  readonly onRunEnd: readonly string[];
  readonly dispatch: readonly DispatchOrder[];
  readonly trees: Readonly<Record<ConfigTree, PlainMap>>;
  readonly vars: PlainMap;
  readonly flags: PlainMap;
  /** A comment before each query; `null` when there is none. */
  readonly queryComment: string | null;
  readonly restrictAccess: boolean;
  readonly warnings: readonly string[];
}

/** In which packages `adapter.dispatch` looks for the macros of a namespace. */
export interface DispatchOrder {
  readonly macroNamespace: string;
  readonly searchOrder: readonly string[];
}

/** Renders one text of a YAML file as dbt does; `placeOf` is where it stands. */
export type RenderText = (text: string, placeOf: () => ProjectPlace) => Plain;

/**
 * Reads the text of a `dbt_project.yml`.
 *
 * @throws ProjectError `INVALID_PROJECT` with the line of what is wrong, `INVALID_YAML`
 */
export function readProjectFile(text: string, folder: string, render: RenderText): ProjectFile {
  const yaml = readYaml(text, join(folder, projectFileName));
  return new ProjectFileReader(yaml, render).read();
}

const knownKeys = [
  "name",
  "version",
  "config-version",
  "profile",
  "model-paths",
  "source-paths",
  "macro-paths",
  "seed-paths",
  "data-paths",
  "test-paths",
  "analysis-paths",
  "docs-paths",
  "asset-paths",
  "function-paths",
  "snapshot-paths",
  "target-path",
  "log-path",
  "clean-targets",
  "packages-install-path",
  "quoting",
  "on-run-start",
  "on-run-end",
  "require-dbt-version",
  "dispatch",
  "models",
  "seeds",
  "snapshots",
  "analyses",
  "sources",
  "tests",
  "data_tests",
  "unit_tests",
  "metrics",
  "semantic-models",
  "saved-queries",
  "exposures",
  "functions",
  "vars",
  "packages",
  "query-comment",
  "restrict-access",
  "dbt-cloud",
  "flags",
];

/** Names of the template language's context, which a project cannot have. */
const reservedNames: ReadonlySet<string> = new Set(
  `_sql_results adapter api column config context database env env_var exceptions execute flags fromjson fromyaml graph
   invocation_id load_agate_table load_result log model modules post_hooks pre_hooks ref render return run_started_at schema
   source sql sql_now store_result store_raw_result target this tojson toyaml try_or_compiler_error var write`.split(
    /\s+/,
  ),
);

/** These are rendered when they run, not when the file is read. */
const lateKeys: ReadonlySet<string> = new Set(["on-run-start", "on-run-end", "query-comment", "vars"]);
const hookKeys: ReadonlySet<string> = new Set(["pre-hook", "post-hook", "pre_hook", "post_hook"]);

class ProjectFileReader {
  readonly #yaml: YamlFile;
  readonly #values: PlainMap;
  readonly #warnings: string[] = [];

  constructor(yaml: YamlFile, render: RenderText) {
    this.#yaml = yaml;
    if (!isPlainMap(yaml.value))
      throw this.#invalid([], "The file must hold keys with values, such as name: shop");
    this.#values = renderedMap(yaml.value, [], (text, path) => {
      const [first] = path;
      if (typeof first === "string" && lateKeys.has(first)) return text;
      const isHook = path.some((step) => typeof step === "string" && hookKeys.has(withoutPlus(step)));
      return isHook ? text : render(text, () => yaml.placeOf(path));
    });
  }

  read(): ProjectFile {
    this.#warnOfUnknownKeys();
    const name = this.#name();
    this.#checkConfigVersion();
    const modelPaths = this.#paths("model-paths", ["models"], "source-paths");
    const seedPaths = this.#paths("seed-paths", ["seeds"], "data-paths");
    const macroPaths = this.#paths("macro-paths", ["macros"]);
    const testPaths = this.#paths("test-paths", ["tests"]);
    const analysisPaths = this.#paths("analysis-paths", ["analyses"]);
    const snapshotPaths = this.#paths("snapshot-paths", ["snapshots"]);
    const everywhere = [modelPaths, seedPaths, snapshotPaths, analysisPaths, macroPaths, testPaths].flat();
    return {
      name,
      version: this.#optionalText("version"),
      profile: this.#optionalText("profile"),
      modelPaths,
      macroPaths,
      seedPaths,
      testPaths,
      analysisPaths,
      snapshotPaths,
      docsPaths: this.#paths("docs-paths", [...new Set(everywhere)]),
      targetPath: this.#optionalText("target-path") ?? "target",
      packagesInstallPath: this.#optionalText("packages-install-path") ?? "dbt_packages",
      quoting: this.#map("quoting"),
      onRunStart: this.#statements("on-run-start"),
      onRunEnd: this.#statements("on-run-end"),
      dispatch: this.#dispatch(),
      trees: {
        models: this.#map("models"),
        seeds: this.#map("seeds"),
        snapshots: this.#map("snapshots"),
        data_tests: this.#testTree(),
        sources: this.#map("sources"),
        exposures: this.#map("exposures"),
      },
      vars: this.#map("vars"),
      flags: this.#map("flags"),
      queryComment: this.#queryComment(),
      restrictAccess: this.#values.get("restrict-access") === true,
      warnings: this.#warnings,
    };
  }

  #name(): string {
    const name = this.#values.get("name");
    if (name === undefined)
      throw this.#invalid([], "The file names no project", "Add a line such as name: shop.");
    if (typeof name !== "string" || !/^[^\d\W]\w*$/.test(name))
      throw this.#invalid(
        ["name"],
        `name must be letters, digits and underscores, and is ${pythonText(name)}`,
      );
    if (reservedNames.has(name)) throw this.#invalid(["name"], `name cannot be ${name}, which templates use`);
    return name;
  }

  #checkConfigVersion(): void {
    const version = this.#values.get("config-version") ?? 2n;
    if (version !== 2n)
      throw this.#invalid(["config-version"], `config-version must be 2, and is ${pythonText(version)}`);
  }

  #warnOfUnknownKeys(): void {
    for (const key of this.#values.keys()) {
      if (knownKeys.includes(key)) continue;
      const nearest = nearestName(key, knownKeys);
      const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
      const { file, line } = this.#yaml.placeOf([key]);
      this.#warnings.push(`${file}:${line}: the key ${key} is unknown and ignored${hint}`);
    }
  }

  #paths(key: string, fallback: readonly string[], formerKey?: string): readonly string[] {
    if (formerKey !== undefined && this.#values.has(formerKey)) {
      if (this.#values.has(key))
        throw this.#invalid([formerKey], `${formerKey} is the former name of ${key}: keep one`);
      return this.#pathsUnder(formerKey, fallback);
    }
    return this.#pathsUnder(key, fallback);
  }

  #pathsUnder(key: string, fallback: readonly string[]): readonly string[] {
    const value = this.#values.get(key);
    if (value === undefined || value === null) return fallback;
    if (!isPlainList(value))
      throw this.#invalid([key], `${key} must be a list of folders, such as [${fallback[0] ?? key}]`);
    return value.map((path, index) => {
      if (typeof path !== "string") throw this.#invalid([key, index], `${key} must be a list of texts`);
      return path.replace(/^\.\//, "").replace(/\/+$/, "");
    });
  }

  #optionalText(key: string): string | null {
    const value = this.#values.get(key);
    if (value === undefined || value === null) return null;
    if (isPlainMap(value) || isPlainList(value)) throw this.#invalid([key], `${key} must be a text`);
    return pythonText(value);
  }

  #map(key: string): PlainMap {
    const value = this.#values.get(key);
    if (value === undefined || value === null) return emptyMap;
    if (!isPlainMap(value)) throw this.#invalid([key], `${key} must hold names with values`);
    return value;
  }

  #testTree(): PlainMap {
    const former = this.#map("tests");
    const tree = this.#map("data_tests");
    if (former.size > 0 && tree.size > 0)
      throw this.#invalid(["tests"], "tests is the former name of data_tests: keep one of them");
    return tree.size > 0 ? tree : former;
  }

  #statements(key: string): readonly string[] {
    return asList(this.#values.get(key)).map((statement, index) => {
      if (typeof statement !== "string")
        throw this.#invalid([key, index], `${key} must be SQL, or a list of it`);
      return statement;
    });
  }

  #dispatch(): readonly DispatchOrder[] {
    return asList(this.#values.get("dispatch")).map((entry, index) => {
      const namespace = isPlainMap(entry) ? entry.get("macro_namespace") : undefined;
      const order = isPlainMap(entry) ? entry.get("search_order") : undefined;
      if (typeof namespace !== "string" || !isPlainList(order))
        throw this.#invalid(
          ["dispatch", index],
          "An entry of dispatch needs macro_namespace and a list search_order",
        );
      return { macroNamespace: namespace, searchOrder: order.map(pythonText) };
    });
  }

  #queryComment(): string | null {
    const value = this.#values.get("query-comment");
    if (isPlainMap(value)) {
      const comment = value.get("comment");
      return comment === undefined || comment === null ? null : pythonText(comment);
    }
    return typeof value === "string" && value !== "" ? value : null;
  }

  #invalid(path: KeyPath, message: string, nextStep?: string): ProjectError {
    return new ProjectError("INVALID_PROJECT", message, { place: this.#yaml.placeOf(path), nextStep });
  }
}

function withoutPlus(key: string): string {
  return key.replace(/^\+/, "").trim();
}

/** A copy in which every text went through `render`. */
export function renderedPlain(
  value: Plain,
  path: KeyPath,
  render: (text: string, path: KeyPath) => Plain,
): Plain {
  if (typeof value === "string") return render(value, path);
  if (isPlainMap(value)) return renderedMap(value, path, render);
  return isPlainList(value)
    ? value.map((member, index) => renderedPlain(member, [...path, index], render))
    : value;
}

function renderedMap(map: PlainMap, path: KeyPath, render: (text: string, path: KeyPath) => Plain): PlainMap {
  return new Map([...map].map(([name, value]) => [name, renderedPlain(value, [...path, name], render)]));
}
