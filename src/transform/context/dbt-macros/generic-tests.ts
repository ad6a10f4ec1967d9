import { iterate } from "../../jinja/iteration.ts";
import { str, truthy } from "../../jinja/printing.ts";
import { type DbtMacro, dispatched } from "./dbt-macro.ts";

/** The blanks that the block of a test leaves around its query. */
const around = ["\n    \n    ", "\n"] as const;

/** The tests that every project has: each query selects what is wrong. */
export const genericTests: readonly DbtMacro[] = [
  dispatched(
    "test_unique",
    ["model", "column_name"],
    (_, model, column) => {
      const name = str(column);
      const counted = `select\n    ${name} as unique_field,\n    count(*) as n_records\n\nfrom ${str(model)}`;
      return `\n\n${counted}\nwhere ${name} is not null\ngroup by ${name}\nhaving count(*) > 1\n\n`;
    },
    around,
  ),
  dispatched(
    "test_not_null",
    ["model", "column_name"],
    (tools, model, column) => {
      const columns = truthy(tools.macro("should_store_failures", [])) ? "*" : str(column);
      return `\n\n\n\nselect ${columns}\nfrom ${str(model)}\nwhere ${str(column)} is null\n\n`;
    },
    around,
  ),
  dispatched(
    "test_accepted_values",
    ["model", "column_name", "values", "quote?"],
    (_, model, column, values, quote) => {
      const isQuoted = quote === undefined || truthy(quote);
      const list = Array.from(iterate(values), (value) => (isQuoted ? `'${str(value)}'` : str(value)));
      const counted = `    select\n        ${str(column)} as value_field,\n        count(*) as n_records\n\n    from ${str(model)}\n    group by ${str(column)}`;
      return `\n\nwith all_values as (\n\n${counted}\n\n)\n\nselect *\nfrom all_values\nwhere value_field not in (\n    ${list.join(",")}\n)\n\n`;
    },
    around,
  ),
  dispatched(
    "test_relationships",
    ["model", "column_name", "to", "field"],
    (_, model, column, to, field) =>
      [
        "\n\nwith child as (",
        `    select ${str(column)} as from_field`,
        `    from ${str(model)}`,
        `    where ${str(column)} is not null`,
        "),\n",
        "parent as (",
        `    select ${str(field)} as to_field`,
        `    from ${str(to)}`,
        ")\n",
        "select\n    from_field\n",
        "from child\nleft join parent\n    on child.from_field = parent.to_field\n",
        "where parent.to_field is null\n\n",
      ].join("\n"),
    around,
  ),
];
