import { define, PyFunction } from "../jinja/function.ts";
import { returnFunction } from "../jinja/macro.ts";
import { PyDict } from "../jinja/mappings.ts";
import { str } from "../jinja/printing.ts";
import { PyList } from "../jinja/sequences.ts";
import { TemplateError } from "../jinja/template-error.ts";
import { PyObject } from "../jinja/values.ts";
import type { Value } from "../jinja/values.ts";
import { variablesOf } from "../project/project-package.ts";
import type { MacroDefinition } from "../project/resources.ts";
import type { KnownMacros, NodeToParse } from "../project/templates.ts";
import type { Capture } from "./capture.ts";
import { PackageNamespace } from "./macro-library.ts";
import type { MacroLibrary } from "./macro-library.ts";
import { ParsedRelation } from "./parsed-relation.ts";
import { valueOf } from "./plain-value.ts";
import { targetValue, VariableFunction } from "./text-globals.ts";

export interface GlobalsOfNode {
  readonly known: KnownMacros;
  readonly library: MacroLibrary;
  /** `env_var` */
  readonly environment: PyFunction;
  readonly node: NodeToParse;
  readonly capture: Capture;
  /** Names that the context has besides, such as `modules`. */
  readonly others: ReadonlyMap<string, Value>;
}

/**
 * What a node's template sees while the project is read. Macros come first, those of the node's package before those of
 * the root project, as in dbt: a project may have a macro `ref` of its own.
 */
export class NodeGlobals {
  readonly #given: GlobalsOfNode;
  readonly #names: Map<string, Value>;

  constructor(given: GlobalsOfNode) {
    this.#given = given;
    this.#names = new Map(contextNames(given, (name, namespace) => this.#dispatched(name, namespace)));
  }

  get(name: string): Value | undefined {
    const { library, node, known, others, capture } = this.#given;
    const macro = library.find(node.packageName, name) ?? library.find(known.rootName, name);
    if (macro !== undefined) return this.#callable(macro);
    const value = this.#names.get(name) ?? others.get(name);
    if (value !== undefined) return value;
    // Each macro of dbt's own is there; what it returns only a run can tell.
    if (name === "dbt")
      return new PackageNamespace((member) => new PyFunction(member, () => capture.unknown(`dbt.${member}`)));
    if (library.hasPackage(name)) return new PackageNamespace((member) => this.#macroOf(name, member));
    return isBuiltIn(name) ? undefined : capture.unknown(name);
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value);
  }

  #macroOf(packageName: string, name: string): Value | undefined {
    const macro = this.#given.library.find(packageName, name);
    return macro === undefined ? undefined : this.#callable(macro);
  }

  #callable(macro: MacroDefinition): Value {
    this.#given.capture.addMacro(macro.uniqueId);
    return this.#given.library.callable(macro, this);
  }

  /** `adapter.dispatch(name, namespace)`: the most special macro of that name. */
  #dispatched(name: string, namespace: string | undefined): Value {
    const { library, node, known } = this.#given;
    const orders = known.packages.get(known.rootName)?.file.dispatch ?? [];
    const order = orders.find(({ macroNamespace }) => macroNamespace === namespace)?.searchOrder;
    const packages =
      order ?? (namespace === undefined ? [node.packageName, known.rootName] : [known.rootName, namespace]);
    for (const packageName of packages)
      for (const prefix of ["ffe", known.target.type, "default"]) {
        const macro = library.find(packageName, `${prefix}__${name}`);
        if (macro !== undefined) return this.#callable(macro);
      }
    return this.#given.capture.unknown(`${namespace === undefined ? "" : `${namespace}.`}${name}`);
  }
}

/** Jinja gives these itself; its own come when the globals have none. */
const jinjaNames: ReadonlySet<string> = new Set(["range", "dict", "namespace", "cycler", "joiner", "loop"]);

function isBuiltIn(name: string): boolean {
  return jinjaNames.has(name);
}

function contextNames(
  { known, environment, node, capture }: GlobalsOfNode,
  dispatch: (name: string, namespace: string | undefined) => Value,
): readonly (readonly [string, Value])[] {
  const { target } = known;
  const own = new ParsedRelation(node.database, node.schema, node.alias);
  const ref = capture.refFunction(() => own);
  const source = capture.sourceFunction(() => own);
  const config = capture.configObject();
  const vars = variablesOf(known.packages, known.rootName, node.packageName, known.vars);
  const nothing = new PyFunction("log", () => "");
  return [
    ["ref", ref],
    ["source", source],
    ["config", config],
    ["builtins", PyDict.of({ ref, source, config })],
    ["var", new VariableFunction(vars, () => null)],
    ["env_var", environment],
    ["this", own],
    ["target", targetValue(target)],
    ["model", nodeValue(node)],
    ["schema", node.schema],
    ["database", node.database],
    ["project_name", known.rootName],
    ["execute", false],
    ["graph", PyDict.of({ nodes: new PyDict(), sources: new PyDict(), exposures: new PyDict() })],
    ["flags", PyDict.of({ FULL_REFRESH: false, WHICH: "parse" })],
    ["adapter", new ParsingAdapter(dispatch, (name) => capture.unknown(name))],
    ["exceptions", new ParsingExceptions()],
    ["return", returnFunction],
    ["log", nothing],
    ["print", nothing],
    ["get_where_subquery", define("get_where_subquery", ["relation"], (relation) => relation)],
  ];
}

/** A node as its own template, and macros such as `generate_schema_name`, see it. */
export function nodeValue(node: NodeToParse): PyDict {
  return PyDict.of({
    unique_id: node.uniqueId,
    resource_type: node.resourceType,
    name: node.name,
    alias: node.alias,
    package_name: node.packageName,
    path: node.path,
    original_file_path: node.originalFilePath,
    fqn: new PyList([...node.fqn]),
    database: node.database,
    schema: node.schema,
    version: node.version,
    raw_code: node.rawCode,
    tags: new PyList([...node.tags]),
    config: valueOf(node.config.values),
  });
}

/** What `adapter` answers without a database: as in dbt, nothing, and no columns. */
class ParsingAdapter extends PyObject {
  readonly typeName = "adapter";
  readonly #dispatch: (name: string, namespace: string | undefined) => Value;

  readonly #unknown: (name: string) => Value;

  constructor(
    dispatch: (name: string, namespace: string | undefined) => Value,
    unknown: (name: string) => Value,
  ) {
    super();
    this.#dispatch = dispatch;
    this.#unknown = unknown;
  }

  override attribute(name: string): Value | undefined {
    if (name === "dispatch")
      return define("dispatch", ["macro_name", "macro_namespace?"], (macro, namespace) =>
        this.#dispatch(
          str(macro),
          namespace === undefined || namespace === null ? undefined : str(namespace),
        ),
      );
    if (name === "quote") return define("quote", ["identifier"], (identifier) => `"${str(identifier)}"`);
    if (name === "get_columns_in_relation") return new PyFunction(name, () => new PyList([]));
    if (name === "check_schema_exists") return new PyFunction(name, () => false);
    if (name === "get_relation") return new PyFunction(name, () => null);
    return this.#unknown(`adapter.${name}`);
  }
}

class ParsingExceptions extends PyObject {
  readonly typeName = "exceptions";

  override attribute(name: string): Value | undefined {
    if (name === "warn") return new PyFunction(name, () => "");
    return new PyFunction(name, (args) => {
      throw new TemplateError("TEMPLATE_RAISED", args.map(str).join(" "));
    });
  }
}
