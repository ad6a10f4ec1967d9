import { define } from "../jinja/function.ts";
import type { PyFunction } from "../jinja/function.ts";
import { PyDict } from "../jinja/mappings.ts";
import { str } from "../jinja/printing.ts";
import { TemplateError } from "../jinja/template-error.ts";
import { PyObject } from "../jinja/values.ts";
import type { Value } from "../jinja/values.ts";
import type { PlainMap } from "../project/plain.ts";
import type { Target } from "../project/project-package.ts";
import { valueOf } from "./plain-value.ts";

/** The environment variables that `env_var()` reads. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `target` of templates. */
export function targetValue({ name, type, database, schema, threads, profileName }: Target): PyDict {
  return PyDict.of({
    name,
    target_name: name,
    type,
    database,
    dbname: database,
    schema,
    threads: BigInt(threads),
    profile_name: profileName,
  });
}

/** `env_var(name, default)`. */
export function environmentFunction(environment: Environment): PyFunction {
  const values = new Map(Object.entries(environment));
  return define("env_var", ["var", "default?"], (name, fallback) => {
    const value = values.get(str(name)) ?? fallback;
    if (value !== undefined) return value;
    throw new TemplateError("TEMPLATE_UNDEFINED", `The environment variable ${str(name)} is not set`, {
      nextStep: `Set it, or give a default: env_var('${str(name)}', '…').`,
    });
  });
}

/** `var(name, default)` and `var.has_var(name)`. */
export class VariableFunction extends PyObject {
  readonly typeName = "var";
  readonly #variables: PlainMap;
  readonly #missing: (name: string) => Value;

  /** @param missing what a variable without a value and a default is */
  constructor(variables: PlainMap, missing: (name: string) => Value) {
    super();
    this.#variables = variables;
    this.#missing = missing;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[], kwargs: ReadonlyMap<string, Value>): Value {
    const [name, fallback = kwargs.get("default")] = args;
    const text = str(name ?? kwargs.get("name") ?? "");
    const value = this.#variables.get(text);
    if (value !== undefined) return valueOf(value);
    return fallback === undefined ? this.#missing(text) : fallback;
  }

  override attribute(name: string): Value | undefined {
    if (name !== "has_var") return undefined;
    return define("has_var", ["name"], (variable) => this.#variables.has(str(variable)));
  }
}

export function missingVariable(name: string): never {
  throw new TemplateError("TEMPLATE_UNDEFINED", `The variable ${name} has no value and no default`, {
    nextStep: `Set it under vars: in dbt_project.yml, or by --vars '{${name}: …}'.`,
  });
}
