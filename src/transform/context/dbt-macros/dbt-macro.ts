import { bind, type Bound, PyFunction } from "../../jinja/function.ts";
import { str } from "../../jinja/printing.ts";
import type { Value } from "../../jinja/values.ts";

/** What the macros of the package `dbt` need of the node that calls them. */
export interface DbtMacroTools {
  /** Another macro of the package, by dispatch: a project may have its own. */
  macro(name: string, args: readonly Value[]): Value;
  /** A name of the node's context, such as `config`. */
  context(name: string): Value;
}

/** A macro of the package `dbt`, written in TypeScript. Its text is what dbt's compiles to, whitespace included. */
export class DbtMacro {
  readonly name: string;
  /** Whether a project can put its own in the place: `duckdb__dateadd`. */
  readonly isDispatched: boolean;
  /** What the macro that dispatches puts around the text. */
  readonly wrap: (result: Value) => Value;
  readonly #run: (tools: DbtMacroTools) => PyFunction;

  constructor(options: {
    readonly name: string;
    readonly isDispatched: boolean;
    readonly wrap: (result: Value) => Value;
    readonly run: (tools: DbtMacroTools) => PyFunction;
  }) {
    this.name = options.name;
    this.isDispatched = options.isDispatched;
    this.wrap = options.wrap;
    this.#run = options.run;
  }

  bind(tools: DbtMacroTools): PyFunction {
    return this.#run(tools);
  }
}

/** A macro that a project can override by dispatch. Parameters whose name ends in `?` may be missing. */
export function dispatched<const Parameters extends readonly string[]>(
  name: string,
  parameters: Parameters,
  run: (tools: DbtMacroTools, ...values: Bound<Parameters>) => Value,
  [before, after]: readonly [string, string] = ["", ""],
): DbtMacro {
  const wrap = (result: Value) => (before === "" && after === "" ? result : before + str(result) + after);
  return new DbtMacro({
    name,
    isDispatched: true,
    wrap,
    run: (tools) => bound(name, parameters, run, tools),
  });
}

/** A macro that is called by its name alone. */
export function plain<const Parameters extends readonly string[]>(
  name: string,
  parameters: Parameters,
  run: (tools: DbtMacroTools, ...values: Bound<Parameters>) => Value,
): DbtMacro {
  return new DbtMacro({
    name,
    isDispatched: false,
    wrap: (result) => result,
    run: (tools) => bound(name, parameters, run, tools),
  });
}

function bound<const Parameters extends readonly string[]>(
  name: string,
  parameters: Parameters,
  run: (tools: DbtMacroTools, ...values: Bound<Parameters>) => Value,
  tools: DbtMacroTools,
): PyFunction {
  return new PyFunction(name, (args, kwargs) => run(tools, ...bind(name, parameters, args, kwargs)));
}
