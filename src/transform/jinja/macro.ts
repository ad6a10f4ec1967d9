import { limitError, typeError } from "./failures.ts";
import { PyDict } from "./mappings.ts";
import { repr } from "./printing.ts";
import { PyTuple } from "./sequences.ts";
import { TemplateError } from "./template-error.ts";
import { evaluate } from "./evaluate.ts";
import { Frame, Scope } from "./scope.ts";
import type { MacroSyntax } from "./syntax.ts";
import { type KeywordArguments, PyObject, type Value } from "./values.ts";
import { define } from "./function.ts";

/** How deep macros may call each other: a deeper recursion has no end. */
const deepest = 150;

let depth = 0;

/** Thrown by `return(value)`, and caught where the macro was called: so a macro returns more than text. */
export class MacroReturn extends Error {
  readonly value: Value;

  constructor(value: Value) {
    super("return() stands outside of a macro");
    this.value = value;
  }
}

/** The function `return` of dbt. */
export const returnFunction: PyObject = define("return", ["data"], (value) => {
  throw new MacroReturn(value);
});

export class Macro extends PyObject {
  readonly typeName = "Macro";
  readonly syntax: MacroSyntax;
  readonly #outer: Scope;
  readonly #run: (scope: Scope) => string;

  /**
   * @param outer where the macro stands: names that it does not set itself are looked up there
   * @param run runs the body
   */
  constructor(syntax: MacroSyntax, outer: Scope, run: (scope: Scope) => string) {
    super();
    this.syntax = syntax;
    this.#outer = outer;
    this.#run = run;
  }

  override attribute(name: string): Value | undefined {
    return name === "name" ? this.syntax.name : undefined;
  }

  override repr(): string {
    return `<Macro ${repr(this.syntax.name)}>`;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[], kwargs: KeywordArguments): Value {
    const { file, globals, mode } = this.#outer.frame;
    const frame = new Frame({ file, globals, mode, line: this.syntax.line, macro: this.syntax.name });
    depth += 1;
    try {
      if (depth > deepest) throw limitError(`macros call each other more than ${deepest} levels deep`);
      const scope = new Scope(frame, this.#outer);
      this.#bind(scope, args, kwargs);
      return this.#run(scope);
    } catch (error) {
      // What `{% call %}` passes is a part of the macro around it.
      if (error instanceof MacroReturn && this.syntax.name !== "caller") return error.value;
      throw located(error, frame);
    } finally {
      depth -= 1;
    }
  }

  #bind(scope: Scope, args: readonly Value[], kwargs: KeywordArguments): void {
    const { parameters, reads, name } = this.syntax;
    const rest = new Map(kwargs);
    for (const [index, parameter] of parameters.entries()) {
      const given = args[index] === undefined ? rest.get(parameter.name) : args[index];
      if (index >= args.length) rest.delete(parameter.name);
      if (given !== undefined) scope.set(parameter.name, given);
      else if (parameter.default !== undefined) scope.set(parameter.name, evaluate(parameter.default, scope));
      else {
        const missing = scope.frame.undefined(`parameter ${repr(parameter.name)} was not provided`);
        scope.set(parameter.name, missing);
      }
    }
    if (reads.caller) {
      const caller = rest.get("caller");
      rest.delete("caller");
      scope.set("caller", caller === undefined ? scope.frame.undefined("No caller defined") : caller);
    }
    if (reads.kwargs) scope.set("kwargs", new PyDict(rest));
    else if (rest.size > 0)
      throw typeError(`macro ${repr(name)} takes no keyword argument ${repr([...rest.keys()][0] ?? "")}`);
    if (reads.varargs) scope.set("varargs", new PyTuple(args.slice(parameters.length)));
    else if (args.length > parameters.length) {
      throw typeError(`macro ${repr(name)} takes not more than ${parameters.length} argument(s)`);
    }
  }
}

/** An error of a template with the place that it passed; what the context of a template throws stays as it is. */
export function located(error: unknown, frame: Frame): unknown {
  if (error instanceof TemplateError) return error.passedThrough(frame.place);
  // V8 throws this when the stack is full.
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return limitError("the template nests too deep").passedThrough(frame.place);
  }
  return error;
}
