import { asList, emptyMap, isPlainList, isPlainMap } from "./plain.ts";
import type { Plain, PlainMap } from "./plain.ts";
import { ProjectError } from "./project-error.ts";
import type { ProjectPlace } from "./project-error.ts";
import type { ResourceType } from "./resources.ts";

/** What a resource is configured to be when nobody says otherwise, in dbt's order. */
export function defaultConfig(type: ResourceType): PlainMap {
  return defaults[type];
}

const shared: readonly (readonly [string, Plain])[] = [
  ["enabled", true],
  ["alias", null],
  ["schema", null],
  ["database", null],
  ["tags", []],
  ["meta", emptyMap],
  ["group", null],
  ["static_analysis", null],
];

const built: readonly (readonly [string, Plain])[] = [
  ...shared,
  ["materialized", "view"],
  ["incremental_strategy", null],
  ["batch_size", null],
  ["lookback", 1n],
  ["begin", null],
  ["persist_docs", emptyMap],
  ["post-hook", []],
  ["pre-hook", []],
  ["quoting", emptyMap],
  ["column_types", emptyMap],
  ["full_refresh", null],
  ["unique_key", null],
  ["on_schema_change", "ignore"],
  ["on_configuration_change", "apply"],
  ["grants", emptyMap],
  ["packages", []],
  [
    "docs",
    new Map<string, Plain>([
      ["show", true],
      ["node_color", null],
    ]),
  ],
  [
    "contract",
    new Map<string, Plain>([
      ["enforced", false],
      ["alias_types", true],
    ]),
  ],
  ["event_time", null],
  ["concurrent_batches", null],
];

const noLimit = new Map<string, Plain>([
  ["count", null],
  ["period", null],
]);

const defaults: Readonly<Record<ResourceType, PlainMap>> = {
  model: new Map([...built, ["access", "protected"], ["freshness", null]]),
  analysis: new Map(built),
  operation: new Map(built),
  seed: new Map([...built, ["materialized", "seed"], ["delimiter", ","], ["quote_columns", null]]),
  snapshot: new Map([
    ...built,
    ["materialized", "snapshot"],
    ["strategy", null],
    ["target_schema", null],
    ["target_database", null],
    ["updated_at", null],
    ["check_cols", null],
    [
      "snapshot_meta_column_names",
      new Map<string, Plain>(
        ["dbt_valid_to", "dbt_valid_from", "dbt_scd_id", "dbt_updated_at", "dbt_is_deleted"].map((name) => [
          name,
          null,
        ]),
      ),
    ],
    ["dbt_valid_to_current", null],
  ]),
  test: new Map([
    ...shared,
    ["schema", "dbt_test__audit"],
    ["materialized", "test"],
    ["severity", "ERROR"],
    ["store_failures", null],
    ["store_failures_as", null],
    ["where", null],
    ["limit", null],
    ["fail_calc", "count(*)"],
    ["warn_if", "!= 0"],
    ["error_if", "!= 0"],
  ]),
  source: new Map<string, Plain>([
    ["enabled", true],
    ["event_time", null],
    [
      "freshness",
      new Map<string, Plain>([
        ["warn_after", noLimit],
        ["error_after", noLimit],
        ["filter", null],
      ]),
    ],
    ["loaded_at_field", null],
    ["loaded_at_query", null],
    ["meta", emptyMap],
    ["tags", []],
    ["static_analysis", null],
  ]),
  exposure: new Map<string, Plain>([
    ["enabled", true],
    ["tags", []],
    ["meta", emptyMap],
  ]),
};

/** Values of these are collected from every level instead of replaced. */
const collected: ReadonlySet<string> = new Set(["tags", "pre-hook", "post-hook", "packages"]);
/** Members of these come from every level; the nearer level wins. */
const merged: ReadonlySet<string> = new Set(["meta", "quoting", "column_types", "docs", "contract"]);

/** Sources and exposures take over the tags of the nearest level. */
const replacesTags: ReadonlySet<ResourceType> = new Set(["source", "exposure"]);

/** The config after one more level spoke: of a tree, of properties, or of the template itself. */
export function withLevel(
  type: ResourceType,
  config: PlainMap,
  level: PlainMap,
  place: ProjectPlace,
): PlainMap {
  const result = new Map(config);
  for (const [given, value] of level) {
    const name = configName(given);
    const before = result.get(name);
    if (collected.has(name) && !(name === "tags" && replacesTags.has(type)))
      result.set(name, [...asList(before), ...hooksOrValues(name, value)]);
    else if (merged.has(name) || name === "snapshot_meta_column_names")
      result.set(name, mergedMembers(name, before, value, place));
    else if (name === "grants") result.set(name, mergedGrants(before, value, place));
    else result.set(name, value);
  }
  return result;
}

/** One call of `config()` after another in a template: the later one wins, except for what is collected or merged. */
export function joinedCalls(calls: readonly PlainMap[], place: ProjectPlace): PlainMap {
  const [first = emptyMap, ...others] = calls;
  const joined = new Map([...first].map(([name, value]) => [configName(name), value] as const));
  for (const call of others) {
    for (const [given, value] of call) {
      const name = configName(given);
      const before = joined.get(name);
      if (collected.has(name) && before !== undefined)
        joined.set(name, [...asList(before), ...asList(value)]);
      else if (merged.has(name) && before !== undefined)
        joined.set(name, mergedMembers(name, before, value, place));
      else if (name === "grants" && before !== undefined)
        joined.set(name, mergedGrants(before, value, place));
      else joined.set(name, value);
    }
  }
  return joined;
}

function configName(name: string): string {
  if (name === "pre_hook") return "pre-hook";
  return name === "post_hook" ? "post-hook" : name;
}

function hooksOrValues(name: string, value: Plain): readonly Plain[] {
  return name === "pre-hook" || name === "post-hook" ? asList(value).map(hookOf) : asList(value);
}

/** A hook may be SQL, a dictionary, or a dictionary written as JSON. */
function hookOf(value: Plain): Plain {
  if (isPlainMap(value))
    return new Map<string, Plain>([
      ["sql", value.get("sql") ?? ""],
      ["transaction", value.get("transaction") ?? true],
      ["index", value.get("index") ?? null],
    ]);
  const sql = typeof value === "string" ? value : "";
  const fromJson = jsonHook(sql);
  return fromJson === undefined
    ? new Map<string, Plain>([
        ["sql", sql],
        ["transaction", true],
        ["index", null],
      ])
    : hookOf(fromJson);
}

function jsonHook(text: string): PlainMap | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("sql" in parsed) || typeof parsed.sql !== "string")
      return undefined;
    const transaction = "transaction" in parsed ? parsed.transaction !== false : true;
    return new Map<string, Plain>([
      ["sql", parsed.sql],
      ["transaction", transaction],
    ]);
  } catch {
    // SQL that happens to begin with a brace.
    return undefined;
  }
}

function mergedMembers(name: string, before: Plain | undefined, value: Plain, place: ProjectPlace): PlainMap {
  const members = isPlainMap(before) ? before : emptyMap;
  if (value === null) return members;
  if (!isPlainMap(value))
    throw new ProjectError("INVALID_CONFIG", `config ${name} must hold names with values`, { place });
  return new Map([...members, ...value]);
}

/** `+select` adds grantees to those of the level above; `select` replaces them. */
function mergedGrants(before: Plain | undefined, value: Plain, place: ProjectPlace): PlainMap {
  const grants = new Map(isPlainMap(before) ? before : emptyMap);
  if (value === null) return grants;
  if (!isPlainMap(value))
    throw new ProjectError("INVALID_CONFIG", "config grants must hold privileges with grantees", { place });
  for (const [given, grantees] of value) {
    const privilege = given.replace(/^\++/, "");
    const known = given.startsWith("+") ? asList(grants.get(privilege)) : [];
    grants.set(privilege, [...known, ...asList(grantees)]);
  }
  return grants;
}

/** The levels of a tree of `dbt_project.yml` that hold for a resource: the tree itself, then what follows its fqn. */
export function treeLevels(tree: PlainMap, fqn: readonly string[]): readonly PlainMap[] {
  const levels = [tree];
  let level = tree;
  for (const name of fqn) {
    const next = level.get(name);
    if (!isPlainMap(next)) break;
    levels.push(next);
    level = next;
  }
  return levels.map(ownSettings);
}

/** A level's settings: what a plus marks, and what is no folder. */
function ownSettings(level: PlainMap): PlainMap {
  const settings = new Map<string, Plain>();
  for (const [name, value] of level)
    if (name.startsWith("+")) settings.set(name.slice(1).trim(), value);
    else if (!isPlainMap(value)) settings.set(name, value);
  return settings;
}

/** A test that stores its failures as a table or a view is a test that stores its failures, and the other way round. */
export function withStoreFailures(config: PlainMap): PlainMap {
  const result = new Map(config);
  const as = config.get("store_failures_as");
  const store = config.get("store_failures");
  if (as === null || as === undefined)
    result.set("store_failures_as", store === true ? "table" : store === false ? "ephemeral" : null);
  else result.set("store_failures", as !== "ephemeral");
  return result;
}

/** Tags as a list of texts, each once. */
export function tagsOf(...groups: readonly (Plain | undefined)[]): readonly string[] {
  const tags = groups.flatMap((group) => (isPlainList(group) ? group : asList(group)));
  return [...new Set(tags.filter((tag) => typeof tag === "string"))];
}
