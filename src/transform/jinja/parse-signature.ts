import type { ExpressionParser } from "./parse-expression.ts";
import type { MacroKind, Parameter } from "./syntax.ts";

/** What stands in the first tag of a macro. */
export type MacroHead = {
  readonly kind: MacroKind;
  readonly name: string;
  readonly parameters: readonly Parameter[];
};

/** `(a, b: list[str], c=1)`: dbt allows types, and gives them no meaning. */
export function parseSignature(expressions: ExpressionParser): Parameter[] {
  const { cursor } = expressions;
  const parameters: Parameter[] = [];
  cursor.expectOperator("(");
  while (!cursor.isOperator(")")) {
    if (parameters.length > 0) cursor.expectOperator(",");
    const name = cursor.expectName();
    if (cursor.skipOperator(":")) skipType(expressions);
    const value = cursor.skipOperator("=") ? expressions.parse() : undefined;
    if (value === undefined && parameters.at(-1)?.default !== undefined) {
      throw cursor.failure(`the parameter ${name} needs a default value, because the one before it has one`);
    }
    parameters.push({ name, default: value });
  }
  cursor.expectOperator(")");
  return parameters;
}

function skipType(expressions: ExpressionParser): void {
  const { cursor } = expressions;
  cursor.expectName();
  if (!cursor.skipOperator("[")) return;
  for (let isFirst = true; !cursor.isOperator("]"); isFirst = false) {
    if (!isFirst) cursor.expectOperator(",");
    cursor.nested(() => skipType(expressions));
  }
  cursor.expectOperator("]");
}

/** `{% materialization name, adapter="duckdb", supported_languages=["sql"] %}`. */
export function parseMaterializationHead(expressions: ExpressionParser, name: string): MacroHead {
  const { cursor } = expressions;
  let adapter = "default";
  while (cursor.skipOperator(",")) {
    const option = cursor.expectName();
    if (option === "default") continue;
    if (option !== "adapter" && option !== "supported_languages") {
      throw cursor.failure(`the materialization ${name} has an unknown option ${option}`);
    }
    cursor.expectOperator("=");
    const value = expressions.parse();
    if (option === "adapter" && value.kind === "constant" && typeof value.value === "string")
      adapter = value.value;
  }
  return { kind: "materialization", name: `${name}_${adapter}`, parameters: [] };
}
