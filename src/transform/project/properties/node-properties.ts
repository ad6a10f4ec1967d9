import { isPlainMap, pythonText } from "../plain.ts";
import type { Plain, PlainMap } from "../plain.ts";
import type { ProjectPlace } from "../project-error.ts";
import type { Entry } from "./entry.ts";
import type { PropertiesFile, PropertyKey } from "./properties-file.ts";

/** What a properties file says of a column. */
export interface ColumnProperties {
  readonly name: string;
  readonly description: string;
  readonly dataType: string | null;
  readonly meta: PlainMap;
  readonly tags: readonly string[];
  readonly quote: boolean | null;
  readonly constraints: readonly Plain[];
  readonly tests: readonly TestProperties[];
}

/** A test as it is written: `not_null`, or a name with arguments. */
export interface TestProperties {
  readonly value: Plain;
  readonly place: ProjectPlace;
}

export interface VersionProperties {
  readonly version: string;
  readonly number: number;
  readonly definedIn: string | undefined;
  readonly description: string | undefined;
  readonly config: PlainMap;
  readonly columns: readonly ColumnProperties[];
  readonly constraints: readonly Plain[];
  readonly tests: readonly TestProperties[];
  readonly place: ProjectPlace;
}

/** What a properties file says of a model, a seed, a snapshot, an analysis or a singular test. */
export interface NodeProperties {
  readonly key: PropertyKey;
  readonly name: string;
  readonly file: PropertiesFile;
  readonly description: string;
  /** With what may also stand outside `config`. */
  readonly config: PlainMap;
  readonly columns: readonly ColumnProperties[];
  readonly constraints: readonly Plain[];
  readonly tests: readonly TestProperties[];
  readonly quoteColumns: boolean;
  readonly latestVersion: string | null;
  readonly versions: readonly VersionProperties[];
  /** What a snapshot in YAML form is taken of: `ref('orders')`. */
  readonly relation: string | null;
  readonly place: ProjectPlace;
}

export function nodeProperties(key: PropertyKey, entry: Entry, file: PropertiesFile): NodeProperties {
  const columns = columnsOf(entry);
  const tests = testsOf(entry);
  const constraints = entry.list("constraints");
  const versions = entry
    .entries("versions")
    .map((version) => versionProperties(version, { columns, tests, constraints }));
  const latest = entry.get("latest_version");
  const newest = versions.toSorted((left, right) => compareVersions(left, right)).at(-1)?.version;
  const properties = {
    key,
    name: entry.name(),
    file,
    description: entry.text("description") ?? "",
    config: configOf(entry),
    columns,
    constraints,
    tests,
    quoteColumns: entry.flag("quote_columns") ?? false,
    latestVersion: latest === undefined || latest === null ? (newest ?? null) : pythonText(latest),
    versions,
    relation: entry.text("relation") ?? null,
    place: entry.place,
  };
  checkVersions(entry, properties);
  return properties;
}

function compareVersions(left: VersionProperties, right: VersionProperties): number {
  if (Number.isNaN(left.number) || Number.isNaN(right.number)) return left.version < right.version ? -1 : 1;
  return left.number - right.number;
}

function checkVersions(entry: Entry, { name, versions, latestVersion }: NodeProperties): void {
  const names = versions.map(({ version }) => version);
  const repeated = names.find((version, index) => names.indexOf(version) < index);
  if (repeated !== undefined)
    throw entry.invalid(["versions"], `Model ${name} has version ${repeated} twice`);
  if (latestVersion !== null && versions.length > 0 && !names.includes(latestVersion))
    throw entry.invalid(
      ["latest_version"],
      `latest_version ${latestVersion} of model ${name} is not one of its versions ${names.join(", ")}`,
    );
}

interface OfAllVersions {
  readonly columns: readonly ColumnProperties[];
  readonly tests: readonly TestProperties[];
  readonly constraints: readonly Plain[];
}

function versionProperties(entry: Entry, all: OfAllVersions): VersionProperties {
  const version = entry.name("v");
  const written = entry.entries("columns");
  const selections = written.filter(isSelection);
  if (selections.length > 1) throw entry.invalid(["columns"], "A version can have one include or exclude");
  const own = written.filter((column) => !isSelection(column));
  const [selection] = selections;
  return {
    version,
    number: Number(version),
    definedIn: entry.text("defined_in"),
    description: entry.text("description"),
    config: configOf(entry),
    columns: [...all.columns.filter(({ name }) => includes(selection, name)), ...own.map(columnProperties)],
    constraints: entry.has("constraints") ? entry.list("constraints") : all.constraints,
    tests: entry.has("tests") || entry.has("data_tests") ? testsOf(entry) : all.tests,
    place: entry.place,
  };
}

/** `{include: …, exclude: …}` in place of a column. */
function isSelection(column: Entry): boolean {
  return column.has("include") || column.has("exclude");
}

function includes(selection: Entry | undefined, name: string): boolean {
  if (selection === undefined) return true;
  const included = selection.get("include") ?? "all";
  const isIncluded = included === "all" || included === "*" || selection.texts("include").includes(name);
  return isIncluded && !selection.texts("exclude").includes(name);
}

/** These stand at the top of an entry or in its `config`, and not in both. */
const configOutside = ["meta", "docs", "group", "contract", "access"];

export function configOf(entry: Entry): PlainMap {
  const config = new Map(entry.map("config"));
  for (const name of configOutside) {
    const value = entry.get(name);
    if (value === undefined || value === null) continue;
    if (config.has(name))
      throw entry.invalid([name], `${name} stands in config and outside of it: keep one of them`);
    config.set(name, value);
  }
  return config;
}

export function columnsOf(entry: Entry): readonly ColumnProperties[] {
  return entry.entries("columns").map(columnProperties);
}

function columnProperties(entry: Entry): ColumnProperties {
  const config = entry.entry("config");
  const ownMeta = config.get("meta");
  return {
    name: entry.name(),
    description: entry.text("description") ?? "",
    dataType: entry.text("data_type") ?? null,
    meta: new Map([...entry.map("meta"), ...(isPlainMap(ownMeta) ? ownMeta : [])]),
    tags: [...new Set([...entry.texts("tags"), ...config.texts("tags")])],
    quote: entry.flag("quote") ?? null,
    constraints: entry.list("constraints"),
    tests: testsOf(entry),
  };
}

/** `data_tests`, or `tests` as they were called before. */
export function testsOf(entry: Entry): readonly TestProperties[] {
  const former = entry.list("tests");
  if (former.length > 0 && entry.has("data_tests"))
    throw entry.invalid(["tests"], "tests is the former name of data_tests: keep one of them");
  const name = former.length > 0 ? "tests" : "data_tests";
  return entry.list(name).map((value, index) => ({ value, place: entry.placeOf(name, index) }));
}
