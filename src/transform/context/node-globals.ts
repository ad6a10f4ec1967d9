import { ownMember } from "finance-feedback-delta/contract";

import { define, type PyFunction } from "../jinja/function.ts";
import { PyDict } from "../jinja/mappings.ts";
import { repr, str, truthy } from "../jinja/printing.ts";
import { PyList } from "../jinja/sequences.ts";
import { parseTemplate, type Globals } from "../jinja/template.ts";
import { TemplateError } from "../jinja/template-error.ts";
import { PyObject, type Value } from "../jinja/values.ts";
import type { PlainMap } from "../project/plain.ts";
import type { Target } from "../project/project-package.ts";
import type { UniqueId } from "../project/resources.ts";
import { Adapter, type EngineAccess } from "./adapter.ts";
import { Attributes } from "./attributes.ts";
import { ColumnClass } from "./column.ts";
import { exceptionsOf } from "./exceptions.ts";
import type { Invocation } from "./invocation.ts";
import { type MacroLibrary, MacroNamespace } from "./macro-library.ts";
import { modulesOf } from "./modules/all-modules.ts";
import { Moment } from "./modules/datetime.ts";
import { toDict, toTemplateValue } from "./plain-conversion.ts";
import { RelationClass } from "./relation.ts";
import { staticMembers } from "./static-members.ts";

/** What one node's templates and macros see. */
export interface NodeGlobalsOptions {
  readonly library: MacroLibrary;
  readonly invocation: Invocation;
  readonly target: Target;
  readonly packageName: string;
  readonly vars: PlainMap;
  /** False while the project is parsed. */
  readonly execute: boolean;
  readonly access: EngineAccess;
  /** `ref`, `source`, `config`, `this`, `model` and what else only this node has. */
  readonly members: Iterable<readonly [string, Value]>;
  /** What is made only for templates that ask for it: `graph`. */
  readonly late?: ReadonlyMap<string, () => Value>;
  readonly onMacro?: (id: UniqueId) => void;
}

/** The names of a node's context: macros come first, so that a project can replace what dbt gives. */
export class NodeGlobals implements Globals {
  readonly macros: MacroNamespace;
  /** What this node alone has, and behind it what all nodes of the invocation have. */
  readonly #own: Map<string, Value>;
  readonly #shared: ReadonlyMap<string, Value>;
  readonly #late: ReadonlyMap<string, () => Value>;
  readonly #file: string;

  /** @param file what errors of `render()` call the text that it was given */
  constructor(options: NodeGlobalsOptions, file: string) {
    this.#file = file;
    this.#late = options.late ?? new Map();
    this.macros = new MacroNamespace(options.library, {
      packageName: options.packageName,
      globals: this,
      onCall: options.onMacro ?? (() => undefined),
      tools: { context: (name) => this.get(name) ?? null },
    });
    this.#shared = sharedMembers(options.invocation);
    this.#own = new Map([...this.#nodeMembers(options), ...options.members]);
    this.#own.set("context", new ContextObject(this));
  }

  get(name: string): Value | undefined {
    const macro = this.macros.get(name);
    if (macro !== undefined) return macro;
    const own = this.#own.get(name);
    if (own !== undefined) return own;
    const late = this.#late.get(name);
    if (late !== undefined) return late();
    return name === "builtins" ? this.#builtIns() : this.#shared.get(name);
  }

  names(): Iterable<string> {
    return [...this.macros.names(), ...this.#own.keys(), ...this.#late.keys(), ...this.#shared.keys()];
  }

  #builtIns(): Value {
    const builtIns = new Attributes("builtins", [...this.#shared, ...this.#own]);
    this.#own.set("builtins", builtIns);
    return builtIns;
  }

  #nodeMembers({
    target,
    vars,
    execute,
    access,
    library,
    packageName,
  }: NodeGlobalsOptions): readonly (readonly [string, Value])[] {
    const results = new Map<string, Value>();
    const store = (name: string, response: Value, table: Value): Value => {
      const rows = table instanceof PyObject ? (table.attribute("rows") ?? null) : null;
      results.set(name, PyDict.of({ response, table, data: rows }));
      return "";
    };
    const targetObject = targetDict(target);
    return [
      ["execute", execute],
      ["target", targetObject],
      ["env", targetObject],
      ["database", target.database],
      ["schema", target.schema],
      ["project_name", library.rootName],
      ["var", new Variables(vars, execute, packageName, (text) => this.#render(text))],
      ["adapter", new Adapter(this.macros, access)],
      [
        "api",
        new Attributes("api", [
          ["Relation", new RelationClass()],
          ["Column", new ColumnClass()],
        ]),
      ],
      ["column", new ColumnClass()],
      ["render", define("render", ["string"], (text) => this.#render(str(text)))],
      ["load_result", define("load_result", ["name"], (name) => results.get(str(name)) ?? null)],
      [
        "store_result",
        define("store_result", ["name", "response", "agate_table?"], (name, response, table) =>
          store(str(name), response, table ?? null),
        ),
      ],
      [
        "store_raw_result",
        define(
          "store_raw_result",
          ["name", "message?", "code?", "rows_affected?", "agate_table?"],
          (name, message, _code, _rows, table) => store(str(name), message ?? null, table ?? null),
        ),
      ],
      ["write", define("write", ["payload"], () => "")],
      ["sql", null],
      ["pre_hooks", null],
      ["post_hooks", null],
      ["sql_now", "now()"],
    ];
  }

  #render(text: string): string {
    return parseTemplate(text, this.#file).render(this);
  }
}

const membersByInvocation = new WeakMap<Invocation, ReadonlyMap<string, Value>>();

/** They are made once: a project has thousands of templates, and most of them use few of these members. */
function sharedMembers(invocation: Invocation): ReadonlyMap<string, Value> {
  const known = membersByInvocation.get(invocation);
  if (known !== undefined) return known;
  const members = new Map([...staticMembers, ...invocationMembers(invocation)]);
  membersByInvocation.set(invocation, members);
  return members;
}

function invocationMembers(invocation: Invocation): readonly (readonly [string, Value])[] {
  return [
    ["invocation_id", invocation.id],
    ["run_started_at", Moment.now(invocation.startedAt, true)],
    ["thread_id", "MainThread"],
    ["flags", toDict(invocation.flags)],
    [
      "invocation_args_dict",
      toDict(new Map([...invocation.flags].map(([name, value]) => [name.toLowerCase(), value]))),
    ],
    [
      "dbt_metadata_envs",
      new PyDict(
        Object.entries(invocation.environment).flatMap(([name, value]) =>
          name.startsWith("DBT_ENV_CUSTOM_ENV_") && value !== undefined
            ? [[name.slice(19), value] as const]
            : [],
        ),
      ),
    ],
    ["selected_resources", new PyList([...invocation.selected])],
    ["modules", modulesOf(invocation.now)],
    ["exceptions", exceptionsOf(invocation.warn)],
    ["env_var", environmentVariable(invocation.environment)],
    [
      "log",
      define("log", ["msg", "info?"], (message, info) => {
        invocation.log(str(message), info !== undefined && truthy(info));
        return "";
      }),
    ],
    [
      "print",
      define("print", ["msg"], (message) => {
        invocation.log(str(message), true);
        return "";
      }),
    ],
  ];
}

/** The function `env_var`. Names that begin with DBT_ENV_SECRET are kept from templates, as in dbt. */
export function environmentVariable(environment: Invocation["environment"]): PyFunction {
  return define("env_var", ["var", "default?"], (name, fallback) => {
    const variable = str(name);
    if (variable.startsWith("DBT_ENV_SECRET")) {
      throw new TemplateError("TEMPLATE_RAISED", `the secret ${variable} cannot be read by a template`, {
        nextStep: "Secrets stand in profiles.yml and packages.yml alone.",
      });
    }
    const value = ownMember(environment, variable);
    if (value !== undefined) return value;
    if (fallback !== undefined && fallback !== null) return fallback;
    throw new TemplateError("TEMPLATE_RAISED", `the environment variable '${variable}' is not set`, {
      nextStep: `Set it, or give a default: env_var('${variable}', '…').`,
    });
  });
}

export function targetDict(target: Target): PyDict {
  return PyDict.of({
    name: target.name,
    target_name: target.name,
    type: target.type,
    database: target.database,
    schema: target.schema,
    threads: BigInt(target.threads),
    profile_name: target.profileName,
  });
}

/** The object `var`: a function that can be asked what it knows. */
export class Variables extends PyObject {
  readonly typeName = "Var";
  readonly #vars: PlainMap;
  readonly #isStrict: boolean;
  readonly #packageName: string;
  readonly #render: (text: string) => Value;

  /** @param isStrict whether a missing variable is an error; while a project is parsed it is None */
  constructor(vars: PlainMap, isStrict: boolean, packageName: string, render: (text: string) => Value) {
    super();
    this.#vars = vars;
    this.#isStrict = isStrict;
    this.#packageName = packageName;
    this.#render = render;
  }

  override attribute(name: string): Value | undefined {
    return name === "has_var"
      ? define("has_var", ["var_name"], (key) => this.#vars.has(str(key)))
      : undefined;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[], kwargs: ReadonlyMap<string, Value>): Value {
    const read = define("var", ["var_name", "default?"], (key, fallback) => {
      const name = str(key);
      const value = this.#vars.get(name);
      if (typeof value === "string") return value.includes("{") ? this.#render(value) : value;
      if (value !== undefined) return toTemplateValue(value);
      if (fallback !== undefined) return fallback;
      if (!this.#isStrict) return null;
      throw new TemplateError(
        "TEMPLATE_RAISED",
        `the variable '${name}' is not set for package ${this.#packageName}`,
        {
          nextStep: `Set it in dbt_project.yml, or by --vars '{${name}: …}'; known are ${[...this.#vars.keys()].map(repr).join(", ") || "none"}.`,
        },
      );
    });
    return read.call(args, kwargs);
  }
}

/** The variable `context`: the names of the context as items. */
class ContextObject extends PyObject {
  readonly typeName = "dict";
  readonly #globals: Globals;

  constructor(globals: Globals) {
    super();
    this.#globals = globals;
  }

  override attribute(name: string): Value | undefined {
    if (name !== "get") return undefined;
    return define(
      "get",
      ["key", "default?"],
      (key, fallback) => this.#globals.get(str(key)) ?? fallback ?? null,
    );
  }

  override item(key: Value): Value | undefined {
    return typeof key === "string" ? this.#globals.get(key) : undefined;
  }

  override contains(value: Value): boolean {
    return typeof value === "string" && this.#globals.get(value) !== undefined;
  }
}
