import { nearestName } from "finance-feedback-delta/contract";

import { tagsOf } from "./config-rules.ts";
import { genericTestNames, testHash } from "./generic-test-names.ts";
import type { TestNames } from "./generic-test-names.ts";
import { configFor, memberMap, renderProperty } from "./loading.ts";
import type { Loading } from "./loading.ts";
import { placedNode, relationOf } from "./node-builder.ts";
import { emptyMap, isPlainList, isPlainMap, isTruthy, pythonRepr, pythonText } from "./plain.ts";
import type { Plain, PlainMap } from "./plain.ts";
import { ProjectError } from "./project-error.ts";
import type { TestProperties } from "./properties/node-properties.ts";
import { ResourceConfig } from "./resource-config.ts";
import type { Captured, NodeToParse } from "./templates.ts";
import type { GenericTestNode, MacroDefinition, RefCall, SourceCall, UniqueId } from "./resources.ts";

/** What a generic test is asked for: a model, seed or snapshot, or a table of a source; and one of its columns. */
export interface TestTarget {
  readonly kind: "node" | "source";
  /** A node's name, or a source's and a table's. */
  readonly call: RefCall | SourceCall;
  /** As the test's name names it. */
  readonly nameInTest: string;
  readonly packageName: string;
  readonly originalFilePath: string;
  readonly fileKeyName: string;
  readonly attachedNode: UniqueId | null;
  readonly group: string | null;
}

export interface ColumnTarget {
  readonly name: string;
  readonly tags: readonly string[];
}

/** Tests that every project has. */
const builtIn: ReadonlySet<string> = new Set(["unique", "not_null", "accepted_values", "relationships"]);

/** Arguments that configure a test, which may stand beside those that its macro takes. */
const configArguments = [
  "severity",
  "tags",
  "enabled",
  "where",
  "limit",
  "warn_if",
  "error_if",
  "fail_calc",
  "store_failures",
  "store_failures_as",
  "meta",
  "database",
  "schema",
  "alias",
] as const;

/** Makes the generic tests of a project's properties. */
export class GenericTests {
  readonly #loading: Loading;
  readonly #macros: ReadonlyMap<UniqueId, MacroDefinition>;

  constructor(loading: Loading, macros: ReadonlyMap<UniqueId, MacroDefinition>) {
    this.#loading = loading;
    this.#macros = macros;
  }

  build(target: TestTarget, test: TestProperties, column: ColumnTarget | undefined): GenericTestNode {
    const given = this.#given(target, test, column);
    const { name, namespace, kwargs } = given;
    const macro = this.#macroOf(name, namespace, target.packageName, test);
    const names = this.#names(target, given);
    const config = new Map(given.config);
    if (given.customName === undefined && names.short !== names.full && !config.has("alias"))
      config.set("alias", names.short);
    const metadata = { name, namespace, kwargs };
    const hash = testHash(
      names.full,
      new Map<string, Plain>([
        ["namespace", namespace],
        ["name", name],
        ["kwargs", kwargs],
      ]),
    );
    const folders = target.originalFilePath.split("/").slice(1, -1);
    const fqn = [target.packageName, ...folders, names.full];
    const place = test.place;
    const rawCode = rawCodeOf(name, namespace, config);
    const draft: NodeToParse = {
      uniqueId: `test.${target.packageName}.${names.full}.${hash}`,
      resourceType: "test",
      name: names.full,
      packageName: target.packageName,
      path: `${names.short}.sql`,
      originalFilePath: target.originalFilePath,
      fqn,
      rawCode,
      database: this.#loading.target.database,
      schema: this.#loading.target.schema,
      alias: names.full,
      version: null,
      tags: [],
      config: new ResourceConfig(config, place),
      testMetadata: metadata,
    };
    const captured = this.#capture(draft, target, macro, test);
    const request = { type: "test", fqn, packageName: target.packageName, place } as const;
    const calls = captured.configs.reduce((all: PlainMap, call) => new Map([...all, ...call]), config);
    const values = configFor(this.#loading, { ...request, calls });
    const finished = new ResourceConfig(values, place);
    const tags = [
      ...new Set([
        ...tagsOf(column?.tags ?? [], config.get("tags")).toSorted(),
        ...tagsOf(values.get("tags")),
      ]),
    ];
    const placed = placedNode(this.#loading, { ...draft, config: finished, tags });
    return {
      ...placed,
      resourceType: "test",
      testKind: "generic",
      testMetadata: metadata,
      config: finished,
      tags,
      meta: memberMap(values, "meta"),
      description: given.description,
      place,
      relationName: relationOf(this.#loading, placed, finished),
      checksum: { name: "none", checksum: "" },
      columns: new Map(),
      group: target.group,
      docs: { show: true, nodeColor: null },
      patchPath: null,
      codePlace: place,
      refs: captured.refs,
      sources: captured.sources,
      dependsOn: { nodes: [], macros: captured.macros },
      columnName: column?.name ?? null,
      attachedNode: target.attachedNode,
      fileKeyName: target.fileKeyName,
    };
  }

  #given(target: TestTarget, test: TestProperties, column: ColumnTarget | undefined): GivenTest {
    const { fullName, args } = argumentsOf(test, this.#hasArgumentsProperty());
    const match = /^(?:([a-zA-Z_]\w*)\.)?([a-zA-Z_]\w*)/.exec(fullName);
    if (match?.[2] === undefined) throw invalid(test, `${fullName} is not the name of a test`);
    if (args.has("model")) throw invalid(test, "A test's arguments cannot have the name model");
    const kwargs = new Map(args);
    const config = this.#config(kwargs, target, test);
    const description = kwargs.get("description");
    const customName = kwargs.get("name");
    for (const name of ["config", "description", "name", ...configArguments]) kwargs.delete(name);
    if (column !== undefined) kwargs.set("column_name", column.name);
    kwargs.set("model", `{{ get_where_subquery(${callText(target)}) }}`);
    return {
      name: match[2],
      namespace: match[1] ?? null,
      kwargs,
      config,
      description: description === undefined || description === null ? "" : pythonText(description),
      customName: typeof customName === "string" ? customName : undefined,
    };
  }

  #hasArgumentsProperty(): boolean {
    const flags = this.#loading.packages.get(this.#loading.rootName)?.file.flags ?? emptyMap;
    return flags.get("require_generic_test_arguments_property") !== false;
  }

  #config(args: PlainMap, target: TestTarget, test: TestProperties): PlainMap {
    const nested = args.get("config") ?? emptyMap;
    if (!isPlainMap(nested)) throw invalid(test, "config of a test must hold names with values");
    const config = new Map<string, Plain>();
    const set = (name: string, value: Plain): void => {
      const rendered =
        typeof value === "string"
          ? renderProperty(this.#loading, target.packageName, value, () => test.place)
          : value;
      if (rendered !== null) config.set(name, rendered);
    };
    for (const name of configArguments) {
      const value = args.get(name);
      if (isTruthy(value) && nested.has(name))
        throw invalid(test, `${name} stands in config and outside of it: keep one of them`);
      set(name, (isTruthy(value) ? value : nested.get(name)) ?? value ?? null);
    }
    for (const [name, value] of nested) if (!config.has(name)) set(name, value);
    return config;
  }

  #names(target: TestTarget, { name, namespace, kwargs, customName }: GivenTest): TestNames {
    if (customName !== undefined) return { full: customName, short: customName };
    const type = `${namespace === null ? "" : `${namespace}_`}${target.kind === "source" ? "source_" : ""}${name}`;
    return genericTestNames(type, target.nameInTest, kwargs);
  }

  /** The macro of a test; `undefined` for a built-in one that the project does not replace. */
  #macroOf(
    name: string,
    namespace: string | null,
    packageName: string,
    test: TestProperties,
  ): MacroDefinition | undefined {
    const { rootName } = this.#loading;
    const packages = namespace === null ? [packageName, rootName] : [namespace];
    for (const owner of packages) {
      const macro = this.#macros.get(`macro.${owner}.test_${name}`);
      if (macro !== undefined) return macro;
    }
    if ((namespace === null || namespace === "dbt") && builtIn.has(name)) return undefined;
    const known = [...this.#macros.values()].filter((macro) => macro.name.startsWith("test_"));
    const names = known.map((macro) => macro.name.slice("test_".length));
    const nearest = nearestName(name, [...builtIn, ...names]);
    const owner = known.find((macro) => macro.name === `test_${nearest}`)?.packageName;
    const meant = owner === undefined || packages.includes(owner) ? nearest : `${owner}.${nearest}`;
    const shownName = namespace === null ? name : `${namespace}.${name}`;
    const isMissingPackage = namespace !== null && !this.#loading.packages.has(namespace);
    throw new ProjectError(
      "MISSING_RESOURCE",
      `There is no test ${shownName}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
      {
        place: test.place,
        nextStep: isMissingPackage ? `Install the package ${namespace} by dbt deps.` : undefined,
      },
    );
  }

  #capture(
    node: NodeToParse,
    target: TestTarget,
    macro: MacroDefinition | undefined,
    test: TestProperties,
  ): Captured {
    const { parser } = this.#loading;
    const captured =
      macro === undefined
        ? argumentTexts(node.testMetadata?.kwargs ?? emptyMap).map((text) =>
            parser.capture(node, { text, place: test.place }),
          )
        : [parser.capture(node, { text: node.rawCode, place: test.place })];
    const own = isRef(target.call)
      ? { refs: [target.call], sources: [] }
      : { refs: [], sources: [target.call] };
    const macros = captured.flatMap((part) => part.macros);
    const uniqueMacros =
      macro === undefined ? [`macro.dbt.test_${node.testMetadata?.name}`] : [macro.uniqueId];
    return {
      refs: distinct(
        [...captured.flatMap((part) => part.refs), ...own.refs],
        (ref) => `${ref.package}.${ref.name}.${ref.version}`,
      ),
      sources: distinct([...captured.flatMap((part) => part.sources), ...own.sources], (source) =>
        source.join("."),
      ),
      configs: captured.flatMap((part) => part.configs),
      macros: [...new Set([...uniqueMacros, ...macros])],
    };
  }
}

interface GivenTest {
  readonly name: string;
  readonly namespace: string | null;
  readonly kwargs: PlainMap;
  readonly config: PlainMap;
  readonly description: string;
  readonly customName: string | undefined;
}

/** The name and arguments of `not_null`, `{accepted_values: {…}}` or `{name: …, test_name: …}`. */
function argumentsOf(
  test: TestProperties,
  hasArgumentsProperty: boolean,
): { readonly fullName: string; readonly args: PlainMap } {
  const { value } = test;
  if (typeof value === "string") return { fullName: value, args: emptyMap };
  if (!isPlainMap(value)) throw invalid(test, "A test must be a name, or a name with arguments");
  const named = value.get("test_name");
  const [first, ...others] = value.keys();
  if (named === undefined && (first === undefined || others.length > 0))
    throw invalid(
      test,
      `A test must have one name, and has ${[...value.keys()].join(", ") || "none"}`,
      "Indent its arguments below its name.",
    );
  const fullName = named === undefined ? (first ?? "") : pythonText(named);
  const given = named === undefined ? (value.get(fullName) ?? emptyMap) : value;
  if (!isPlainMap(given))
    throw invalid(test, `The arguments of test ${fullName} must hold names with values`);
  const args = new Map(given);
  args.delete("test_name");
  const own = args.get("arguments");
  if (!hasArgumentsProperty || own === undefined) return { fullName, args };
  args.delete("arguments");
  return { fullName, args: new Map([...args, ...(isPlainMap(own) ? own : emptyMap)]) };
}

function isRef(call: RefCall | SourceCall): call is RefCall {
  return "name" in call;
}

function callText({ call }: TestTarget): string {
  if (!isRef(call)) return `source('${call[0]}', '${call[1]}')`;
  return call.version === null ? `ref('${call.name}')` : `ref('${call.name}', version='${call.version}')`;
}

/** The test as dbt writes it: a call of its macro, and its configuration. */
function rawCodeOf(name: string, namespace: string | null, config: PlainMap): string {
  const macro = namespace === null ? `test_${name}` : `${namespace}.test_${name}`;
  const settings = [...config].map(
    ([key, value]) =>
      `${key}=${typeof value === "string" ? `"${value.replaceAll('"', String.raw`\"`)}"` : pythonRepr(value)}`,
  );
  const configured = settings.length === 0 ? "" : `{{ config(${settings.join(",")}) }}`;
  return `{{ ${macro}(**_dbt_generic_test_kwargs) }}${configured}`;
}

const looksLikeCall = /^\s*(?:env_var|ref|var|source|doc)\s*\(.+\)\s*$/;

/** The arguments that are templates, or are written like the inside of one: `to: ref('orders')`. */
function argumentTexts(kwargs: PlainMap): readonly string[] {
  return [...kwargs].flatMap(([name, value]) =>
    name === "model" || name === "column_name" ? [] : textsIn(value),
  );
}

function textsIn(value: Plain): readonly string[] {
  if (isPlainMap(value)) return [...value.values()].flatMap(textsIn);
  if (isPlainList(value)) return value.flatMap(textsIn);
  if (typeof value !== "string") return [];
  if (looksLikeCall.test(value)) return [`{{ ${value} }}`];
  return value.includes("{{") || value.includes("{%") ? [value] : [];
}

function distinct<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

function invalid({ place }: TestProperties, message: string, nextStep?: string): ProjectError {
  return new ProjectError("INVALID_PROPERTIES", message, { place, nextStep });
}
