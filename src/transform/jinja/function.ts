import { typeError } from "./failures.ts";
import { type KeywordArguments, PyObject, type Value } from "./values.ts";

/** A function that TypeScript gives to templates. */
export class PyFunction extends PyObject {
  readonly typeName = "function";
  readonly name: string;
  readonly #run: (args: readonly Value[], kwargs: KeywordArguments) => Value;

  constructor(name: string, run: (args: readonly Value[], kwargs: KeywordArguments) => Value) {
    super();
    this.name = name;
    this.#run = run;
  }

  override repr(): string {
    return `<function ${this.name}>`;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[], kwargs: KeywordArguments): Value {
    return this.#run(args, kwargs);
  }
}

/** The arguments of a call in the order of its parameters; one that is called `name?` may be missing. */
export type Bound<Parameters extends readonly string[]> = {
  [Index in keyof Parameters]: Parameters[Index] extends `${string}?` ? Value | undefined : Value;
};

/**
 * A function whose parameters are named, so that templates can pass them by place or by name.
 * @example define("concat", ["fields", "separator?"], (fields, separator) => …)
 */
export function define<const Parameters extends readonly string[]>(
  name: string,
  parameters: Parameters,
  run: (...values: Bound<Parameters>) => Value,
): PyFunction {
  return new PyFunction(name, (args, kwargs) => run(...bind(name, parameters, args, kwargs)));
}

/** Brings the arguments of a call into the order of the parameters. @throws TemplateError as Python would */
export function bind<const Parameters extends readonly string[]>(
  name: string,
  parameters: Parameters,
  args: readonly Value[],
  kwargs: KeywordArguments,
): Bound<Parameters> {
  if (args.length > parameters.length) throw tooMany(name, parameters.length, args.length);
  const places = parameters.map((parameter) => parameter.replace("?", ""));
  for (const keyword of kwargs.keys()) {
    const place = places.indexOf(keyword);
    if (place < 0) throw typeError(`${name}() got an unexpected keyword argument '${keyword}'`);
    if (place < args.length) throw typeError(`${name}() got multiple values for argument '${keyword}'`);
  }
  const values = places.map((place, index) => (index < args.length ? args[index] : kwargs.get(place)));
  if (!isBound(parameters, values)) {
    const missing = places.filter(
      (_, index) => values[index] === undefined && !parameters[index]?.endsWith("?"),
    );
    throw typeError(`${name}() is missing ${missing.map((place) => `'${place}'`).join(", ")}`);
  }
  return values;
}

function tooMany(name: string, most: number, given: number): Error {
  return typeError(`${name}() takes at most ${most} arguments (${given} given)`);
}

function isBound<Parameters extends readonly string[]>(
  parameters: Parameters,
  values: readonly (Value | undefined)[],
): values is Bound<Parameters> {
  return parameters.every((parameter, index) => parameter.endsWith("?") || values[index] !== undefined);
}
