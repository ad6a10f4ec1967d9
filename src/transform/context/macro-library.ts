import { PyFunction } from "../jinja/function.ts";
import { parseTemplate, type Globals, type Template } from "../jinja/template.ts";
import { TemplateError } from "../jinja/template-error.ts";
import { type KeywordArguments, PyObject, type Value } from "../jinja/values.ts";
import type { DispatchOrder } from "../project/project-file.ts";
import type { MacroDefinition, UniqueId } from "../project/resources.ts";
import { Attributes } from "./attributes.ts";
import { dbtMacros } from "./dbt-macros/all-macros.ts";
import type { DbtMacroTools } from "./dbt-macros/dbt-macro.ts";

/** Which macros of a package `adapter.dispatch` takes first, by the beginnings of their names: those of this engine. */
const ownPrefixes: readonly string[] = ["ffe", "duckdb", "default"];

/** The macros of a project and its packages: each is read once, and called from the contexts of many nodes. */
export class MacroLibrary {
  readonly rootName: string;
  readonly packageNames: ReadonlySet<string>;
  readonly prefixes: readonly string[];
  readonly #byPackage = new Map<string, Map<string, MacroDefinition>>();
  readonly #templates = new Map<UniqueId, Template>();
  readonly #dispatch: ReadonlyMap<string, readonly string[]>;

  constructor(
    macros: Iterable<MacroDefinition>,
    options: {
      readonly rootName: string;
      readonly packageNames: Iterable<string>;
      /** Of the root project: where it looks for the macros of other packages. */
      readonly dispatch: readonly DispatchOrder[];
      /** See `Invocation.macroPrefixes`. */
      readonly prefixes: readonly string[] | undefined;
    },
  ) {
    this.rootName = options.rootName;
    this.packageNames = new Set(options.packageNames);
    this.prefixes = options.prefixes ?? ownPrefixes;
    this.#dispatch = new Map(options.dispatch.map((order) => [order.macroNamespace, order.searchOrder]));
    for (const macro of macros) {
      const ofPackage = this.#byPackage.get(macro.packageName) ?? new Map<string, MacroDefinition>();
      ofPackage.set(macro.name, macro);
      this.#byPackage.set(macro.packageName, ofPackage);
    }
  }

  find(packageName: string, name: string): MacroDefinition | undefined {
    return this.#byPackage.get(packageName)?.get(name);
  }

  namesOf(packageName: string): Iterable<string> {
    return this.#byPackage.get(packageName)?.keys() ?? [];
  }

  /** The packages in which `adapter.dispatch` looks; `undefined` stands for all that a name finds by itself. */
  searchOrder(namespace: string | undefined): readonly (string | undefined)[] {
    if (namespace === undefined) return [undefined];
    const order = this.#dispatch.get(namespace);
    if (order !== undefined) return order;
    const isPackage = namespace === "dbt" || this.packageNames.has(namespace);
    return isPackage ? [this.rootName, namespace] : [undefined];
  }

  /** @throws TemplateError for a macro that cannot be read */
  call(definition: MacroDefinition, globals: Globals): PyObject {
    let template = this.#templates.get(definition.uniqueId);
    if (template === undefined) {
      const { file, line } = definition.place;
      template = parseTemplate(definition.macroSql, file, line === undefined ? {} : { firstLine: line });
      this.#templates.set(definition.uniqueId, template);
    }
    const [macro] = template.macros;
    if (macro === undefined)
      throw new TemplateError("TEMPLATE_SYNTAX", `${definition.uniqueId} holds no macro`);
    return template.macro(macro.name, globals);
  }
}

/** The macros as one node sees them: its own package's first, then the project's, packages by name, then dbt's. */
export class MacroNamespace {
  readonly #library: MacroLibrary;
  readonly #packageName: string;
  readonly #globals: Globals;
  readonly #onCall: (id: UniqueId) => void;
  readonly #tools: DbtMacroTools;
  readonly #known = new Map<string, PyObject>();
  #depth = 0;

  /** @param onCall hears of each macro that the node's own template calls, and not of those that macros call */
  constructor(
    library: MacroLibrary,
    options: {
      readonly packageName: string;
      readonly globals: Globals;
      readonly onCall: (id: UniqueId) => void;
      readonly tools: Omit<DbtMacroTools, "macro">;
    },
  ) {
    this.#library = library;
    this.#packageName = options.packageName;
    this.#globals = options.globals;
    this.#onCall = options.onCall;
    this.#tools = {
      ...options.tools,
      macro: (name, args) => this.dispatch(name, "dbt").call(args, new Map()),
    };
  }

  get(name: string): PyObject | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = this.#find(name);
    if (found !== undefined) this.#known.set(name, found);
    return found;
  }

  /** @throws TemplateError listing what was looked for */
  dispatch(name: string, namespace: string | undefined): PyObject {
    if (name.includes(".")) {
      const [first = "", rest = ""] = name.split(/\.(.*)/);
      throw new TemplateError(
        "TEMPLATE_RAISED",
        `adapter.dispatch got the macro name "${name}", which has a dot`,
        {
          nextStep: `Write adapter.dispatch("${rest}", macro_namespace="${first}").`,
        },
      );
    }
    const attempts: string[] = [];
    for (const packageName of this.#library.searchOrder(namespace)) {
      for (const prefix of this.#library.prefixes) {
        const searched = `${prefix}__${name}`;
        const found = packageName === undefined ? this.get(searched) : this.#inPackage(packageName, searched);
        if (found !== undefined) return found;
        attempts.push(packageName === undefined ? searched : `${packageName}.${searched}`);
      }
    }
    const within = namespace === undefined ? "" : ` for the namespace '${namespace}'`;
    throw new TemplateError("TEMPLATE_RAISED", `dispatch finds no macro named '${name}'${within}`, {
      nextStep: `Define one of: ${attempts.join(", ")}.`,
    });
  }

  /** What a template may call by its name alone. */
  names(): Iterable<string> {
    const packages = new Set([this.#packageName, this.#library.rootName, "dbt"]);
    return [...[...packages].flatMap((name) => [...this.#namesIn(name)]), ...this.#library.packageNames];
  }

  #namesIn(packageName: string): Iterable<string> {
    const own = this.#library.namesOf(packageName);
    return packageName === "dbt" ? [...own, ...dbtMacros.keys()] : own;
  }

  #find(name: string): PyObject | undefined {
    for (const packageName of new Set([this.#packageName, this.#library.rootName])) {
      const definition = this.#library.find(packageName, name);
      if (definition !== undefined) return this.#tracked(definition);
    }
    if (name === "dbt" || this.#library.packageNames.has(name))
      return new PackageMacros(
        name,
        (member) => this.#inPackage(name, member),
        () => this.#namesIn(name),
      );
    return this.#builtIn(name);
  }

  #inPackage(packageName: string, name: string): PyObject | undefined {
    const definition = this.#library.find(packageName, name);
    if (definition !== undefined) return this.#tracked(definition);
    return packageName === "dbt" ? this.#builtIn(name) : undefined;
  }

  #builtIn(name: string): PyObject | undefined {
    const isDefault = name.startsWith("default__");
    const plainName = isDefault ? name.slice("default__".length) : name;
    const macro = dbtMacros.get(plainName);
    if (macro === undefined) return undefined;
    if (isDefault || !macro.isDispatched) return macro.bind(this.#tools);
    return new PyFunction(name, (args, kwargs) =>
      macro.wrap(this.dispatch(plainName, "dbt").call(args, kwargs)),
    );
  }

  #tracked(definition: MacroDefinition): PyObject {
    const key = definition.uniqueId;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const macro = new TrackedMacro(
      definition,
      () => this.#library.call(definition, this.#globals),
      (run) => {
        if (this.#depth === 0) this.#onCall(definition.uniqueId);
        this.#depth += 1;
        try {
          return run();
        } finally {
          this.#depth -= 1;
        }
      },
    );
    this.#known.set(key, macro);
    return macro;
  }
}

/** A macro of the project, which is read when it is called for the first time. */
class TrackedMacro extends PyObject {
  readonly typeName = "Macro";
  readonly #definition: MacroDefinition;
  readonly #load: () => PyObject;
  readonly #track: (run: () => Value) => Value;
  #loaded: PyObject | undefined;

  constructor(definition: MacroDefinition, load: () => PyObject, track: (run: () => Value) => Value) {
    super();
    this.#definition = definition;
    this.#load = load;
    this.#track = track;
  }

  override attribute(name: string): Value | undefined {
    return name === "name" ? this.#definition.name : undefined;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[], kwargs: KeywordArguments): Value {
    this.#loaded ??= this.#load();
    const macro = this.#loaded;
    return this.#track(() => macro.call(args, kwargs));
  }
}

/** `dbt_utils` in `dbt_utils.star(…)`. */
class PackageMacros extends Attributes {
  readonly #find: (name: string) => PyObject | undefined;

  readonly #names: () => Iterable<string>;

  constructor(name: string, find: (name: string) => PyObject | undefined, names: () => Iterable<string>) {
    super(`package ${name}`, []);
    this.#find = find;
    this.#names = names;
  }

  override names(): Iterable<string> {
    return this.#names();
  }

  override attribute(name: string): Value | undefined {
    return this.#find(name);
  }

  override item(key: Value): Value | undefined {
    return typeof key === "string" ? this.#find(key) : undefined;
  }
}
