import { str, truthy } from "../../jinja/printing.ts";
import { PyObject, type Value } from "../../jinja/values.ts";
import { type DbtMacro, type DbtMacroTools, dispatched, plain } from "./dbt-macro.ts";

/** The macros of days and moments. */
export const dateMacros: readonly DbtMacro[] = [
  dispatched("date", ["year", "month", "day"], (_, ...parts) => `make_date(${parts.map(str).join(", ")})`),
  dispatched(
    "date_trunc",
    ["datepart", "date"],
    (_, part, date) => `date_trunc('${str(part)}', ${str(date)})`,
  ),
  dispatched("dateadd", ["datepart", "interval", "from_date_or_timestamp"], (_, part, interval, from) => {
    const unit = str(part).toLowerCase();
    const [factor, single] =
      unit === "quarter" ? [" * 3", "month"] : unit === "week" ? [" * 7", "day"] : ["", unit];
    const count = `cast(${str(interval)} as bigint)`;
    return `\n\n    (${str(from)} + ${factor === "" ? count : `(${count}${factor})`} * interval 1 ${single})`;
  }),
  dispatched("datediff", ["first_date", "second_date", "datepart"], (tools, first, second, part) =>
    str(part) === "week"
      ? weeksBetween(tools, first, second)
      : `\n        (date_diff('${str(part)}', ${str(first)}::timestamp, ${str(second)}::timestamp ))\n    `,
  ),
  dispatched("last_day", ["date", "datepart"], (tools, date, part) => {
    if (str(part) !== "quarter") return lastDay(tools, date, part, part, "1");
    return `-- duckdb dateadd does not support quarter interval.\n    ${lastDay(tools, date, part, "month", "3")}`;
  }),
  plain("default_last_day", ["date", "datepart"], (tools, date, part) =>
    lastDay(tools, date, part, part, "1"),
  ),
  dispatched("get_intervals_between", ["start_date", "end_date", "datepart"], intervalsBetween),
  dispatched("date_spine", ["datepart", "start_date", "end_date"], dateSpine),
];

function weeksBetween(tools: DbtMacroTools, first: Value, second: Value): string {
  const days = str(tools.macro("datediff", [first, second, "day"]));
  const [a, b] = [str(first), str(second)];
  return [
    `\n            (${days} // 7 + case`,
    `            when date_part('dow', (${a})::timestamp) <= date_part('dow', (${b})::timestamp) then`,
    `                case when ${a} <= ${b} then 0 else -1 end`,
    "            else",
    `                case when ${a} <= ${b} then 1 else 0 end`,
    "        end)\n    ",
  ].join("\n");
}

function lastDay(tools: DbtMacroTools, date: Value, part: Value, step: Value, steps: string): string {
  const start = tools.macro("date_trunc", [part, date]);
  const next = tools.macro("dateadd", [step, steps, start]);
  return `cast(\n        ${str(tools.macro("dateadd", ["day", "-1", next]))}\n        as date)`;
}

/** How many steps lie between two dates: it takes a query. While the project is parsed it is 1. */
function intervalsBetween(tools: DbtMacroTools, start: Value, end: Value, part: Value): Value {
  if (!truthy(tools.context("execute"))) return 1n;
  const sql = `select ${str(tools.macro("datediff", [start, end, part]))}`;
  const rows = tools.macro("run_query", [sql]);
  const row = rows instanceof PyObject ? rows.item(0n) : undefined;
  const value = row instanceof PyObject ? row.item(0n) : undefined;
  return value ?? 1n;
}

function dateSpine(tools: DbtMacroTools, part: Value, start: Value, end: Value): string {
  const series = str(
    tools.macro("generate_series", [tools.macro("get_intervals_between", [start, end, part])]),
  );
  const added = str(tools.macro("dateadd", [part, "row_number() over (order by 1) - 1", start]));
  return [
    "\n\n\n    \n\n    with rawdata as (\n",
    `        ${series}\n`,
    "    ),\n",
    "    all_periods as (\n",
    "        select (",
    `            ${added}`,
    `        ) as date_${str(part)}`,
    "        from rawdata\n",
    "    ),\n",
    "    filtered as (\n",
    "        select *",
    "        from all_periods",
    `        where date_${str(part)} <= ${str(end)}\n`,
    "    )\n",
    "    select * from filtered\n\n",
  ].join("\n");
}
