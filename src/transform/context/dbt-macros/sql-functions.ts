import { asNumber, compareNumbers } from "../../jinja/equality.ts";
import { typeError, valueError } from "../../jinja/failures.ts";
import { iterate } from "../../jinja/iteration.ts";
import { str, truthy, typeName } from "../../jinja/printing.ts";
import type { Value } from "../../jinja/values.ts";
import { translated } from "../column.ts";
import { type DbtMacro, dispatched } from "./dbt-macro.ts";

/** The cross-database macros: SQL that differs from one database to the next, here for DuckDB. */
export const sqlFunctions: readonly DbtMacro[] = [
  dispatched("any_value", ["expression"], (_, expression) => `arbitrary(${str(expression)})`),
  dispatched(
    "array_append",
    ["array", "new_element"],
    (_, array, element) => `array_append(${str(array)}, ${str(element)})`,
  ),
  dispatched(
    "array_concat",
    ["array_1", "array_2"],
    (_, first, second) => `array_cat(${str(first)}, ${str(second)})`,
  ),
  dispatched("array_construct", ["inputs?", "data_type?"], (_, inputs, type) => {
    const items = inputs === undefined ? [] : Array.from(iterate(inputs), str);
    const array =
      items.length > 0
        ? `array[ ${items.join(" , ")} ]`
        : `array[]::${type === undefined ? "integer" : str(type)}[]`;
    return `\n    ${array}\n    `;
  }),
  dispatched("bool_or", ["expression"], (_, expression) => `bool_or(${str(expression)})`),
  dispatched("cast", ["field", "type"], (_, field, type) => `\n    cast(${str(field)} as ${str(type)})\n`),
  dispatched("cast_bool_to_text", ["field"], (_, field) => `\n    cast(${str(field)} as TEXT)\n`, [
    "\n  ",
    "\n",
  ]),
  dispatched("concat", ["fields"], (_, fields) => Array.from(iterate(fields), str).join(" || ")),
  dispatched("current_timestamp", [], () => "now()"),
  dispatched("current_timestamp_backcompat", [], () => "\n    current_timestamp::timestamp\n"),
  dispatched("current_timestamp_in_utc_backcompat", [], (tools) =>
    tools.macro("current_timestamp_backcompat", []),
  ),
  dispatched("equals", ["expr1", "expr2"], (_, left, right) => `(${str(left)} = ${str(right)})\n`),
  dispatched("escape_single_quotes", ["expression"], (_, expression) =>
    str(expression).replaceAll("'", "''"),
  ),
  dispatched("except", [], () => "\n\n    except\n\n"),
  dispatched("intersect", [], () => "\n\n    intersect\n\n"),
  dispatched(
    "generate_series",
    ["upper_bound"],
    (_, bound) =>
      `\n    select\n        generate_series as generated_number\n    from generate_series(1, ${str(bound)})\n`,
  ),
  dispatched("get_powers_of_two", ["upper_bound"], (_, bound) => powersOfTwo(bound)),
  dispatched("hash", ["field"], (_, field) => `md5(cast(${str(field)} as TEXT))`),
  dispatched(
    "length",
    ["expression"],
    (_, expression) => `\n\n    length(\n        ${str(expression)}\n    )`,
  ),
  dispatched("listagg", ["measure", "delimiter_text?", "order_by_clause?", "limit_num?"], listagg),
  dispatched(
    "position",
    ["substring_text", "string_text"],
    (_, part, whole) => `\n\n    position(\n        ${str(part)} in ${str(whole)}\n    )`,
  ),
  dispatched("replace", ["field", "old_chars", "new_chars"], (_, field, old, replacement) =>
    call("replace", [field, old, replacement], "\n\n\n"),
  ),
  dispatched("right", ["string_text", "length_expression"], (_, text, length) =>
    call("right", [text, length], ""),
  ),
  dispatched(
    "safe_cast",
    ["field", "type"],
    (_, field, type) => `\n    \n    cast(${str(field)} as ${str(type)})\n`,
  ),
  dispatched(
    "split_part",
    ["string_text", "delimiter_text", "part_number"],
    (_, text, delimiter, part) => `\n    string_split(${str(text)}, ${str(delimiter)})[ ${str(part)} ]\n`,
  ),
  dispatched("string_literal", ["value"], (_, value) => `'${str(value)}'`),
  dispatched("type_string", [], () => translated("string")),
  dispatched("type_timestamp", [], () => translated("timestamp")),
  dispatched("type_float", [], () => translated("float")),
  dispatched("type_numeric", [], () => "numeric(28,6)"),
  dispatched("type_bigint", [], () => translated("bigint")),
  dispatched("type_int", [], () => translated("integer")),
  dispatched("type_boolean", [], () => translated("boolean")),
];

function call(name: string, args: readonly Value[], after: string): string {
  return `\n\n    ${name}(\n        ${args.map(str).join(",\n        ")}\n    )${after}`;
}

function listagg(
  _tools: unknown,
  measure: Value,
  delimiter: Value | undefined,
  order: Value | undefined,
  limit: Value | undefined,
): string {
  const separator = delimiter === undefined ? "','" : str(delimiter);
  const ordered = order === undefined || !truthy(order) ? "" : str(order);
  if (limit === undefined || !truthy(limit)) {
    return `\n    string_agg(\n        ${str(measure)},\n        ${separator}\n        ${ordered}\n        )`;
  }
  const array = `(array_agg(\n            ${str(measure)}\n            ${ordered}\n        ))[1:${str(limit)}]`;
  return `list_aggr(\n        ${array},\n        'string_agg',\n        ${separator}\n        )`;
}

function powersOfTwo(bound: Value): bigint {
  const number = asNumber(bound);
  if (number === undefined) throw typeError(`get_powers_of_two needs a number, not ${typeName(bound)}`);
  if (!(number > 0)) throw valueError("upper bound must be positive");
  let power = 1n;
  while (compareNumbers(2n ** power, number) < 0) power += 1n;
  return power;
}
