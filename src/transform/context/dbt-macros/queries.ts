import { PyFunction } from "../../jinja/function.ts";
import { findAttribute } from "../../jinja/lookup.ts";
import { str, truthy } from "../../jinja/printing.ts";
import { PyObject, type Value } from "../../jinja/values.ts";
import { DbtMacro, type DbtMacroTools, plain } from "./dbt-macro.ts";

/** The macros that run SQL in the middle of a template. */
export const queryMacros: readonly DbtMacro[] = [
  plain("run_query", ["sql"], (tools, sql) =>
    truthy(tools.context("execute")) ? execute(tools, str(sql)) : null,
  ),
  new DbtMacro({ name: "statement", isDispatched: false, wrap: (result) => result, run: statement }),
];

/** `{% call statement('name', fetch_result=true) %}…{% endcall %}`, whose rows `load_result('name')` gives. */
function statement(tools: DbtMacroTools): PyFunction {
  return new PyFunction("statement", (args, kwargs) => {
    const caller = kwargs.get("caller");
    if (!truthy(tools.context("execute")) || !(caller instanceof PyObject)) return "";
    const table = execute(tools, str(caller.call([], new Map())));
    const name = args[0] ?? kwargs.get("name") ?? null;
    const store = tools.context("store_result");
    if (name !== null && store instanceof PyObject) store.call([name, "OK", table], new Map());
    return "";
  });
}

function execute(tools: DbtMacroTools, sql: string): Value {
  const run = findAttribute(tools.context("adapter"), "ffe_query");
  if (!(run instanceof PyObject)) throw new TypeError("adapter has no method ffe_query");
  return run.call([sql], new Map());
}
