import { DeltaError } from "finance-feedback-delta";
import type { DataType } from "finance-feedback-delta";

import type { BatchColumns } from "./expectations/expectation.ts";
import type { ExpectationConfig } from "./suite.ts";

/**
 * Why an expectation has no result, in the words of suites: which column of which type, and what does not fit. The engine's
 * own text, which tells of its types and functions, is the error's cause and stays out of results.
 */
export function failureText(
  error: unknown,
  { type, kwargs }: Pick<ExpectationConfig, "type" | "kwargs">,
  columns: BatchColumns,
): string {
  if (!(error instanceof Error)) return String(error);
  const [, text] = error instanceof DeltaError ? (engineText.exec(error.message) ?? []) : [];
  if (text === undefined) return error.message;
  const subject = subjectOf(kwargs, columns);
  return `${type} cannot be evaluated${subject === "" ? "" : ` on ${subject}`}: ${reasonOf(text)}`;
}

const engineText = /^(?:The query failed|The SQL could not be read): (.*)$/s;

/** The columns that an expectation names, with their types. */
function subjectOf(kwargs: ExpectationConfig["kwargs"], columns: BatchColumns): string {
  const { column, column_A: first, column_B: second, column_list: list } = kwargs;
  const names = [column, first, second, ...(Array.isArray(list) ? list : [])];
  const known = names.flatMap((name) => (typeof name === "string" ? (columns.find(name) ?? []) : []));
  const described = known.map((field) => `"${field.name}" of type ${typeName(field.type)}`);
  if (described.length === 0) return "";
  const condition = typeof kwargs["row_condition"] === "string" ? ", or its row_condition" : "";
  return `the ${described.length === 1 ? "column" : "columns"} ${described.join(" and ")}${condition}`;
}

function typeName(type: DataType): string {
  return typeof type === "string" ? type : type.type;
}

/** What functions of the engine stand for. */
const figures: ReadonlyMap<string, string> = new Map([
  ["avg", "a mean"],
  ["stddev_samp", "a standard deviation"],
  ["sum", "a sum"],
  ["+", "a sum"],
  ["median", "a median"],
]);

/** What the engine says, by its form; the rest of a text holds what cannot be evaluated. */
const reasons: readonly (readonly [form: RegExp, reason: (...parts: readonly string[]) => string])[] = [
  [
    /Cannot (?:compare|mix) values of type (.+?) and (?:type )?(.+?)(?: -| in|$)/m,
    (one, other) => `a ${plainType(one)} cannot be compared with a ${plainType(other)}`,
  ],
  [
    /Could not convert string '(.*?)' to ([A-Z0-9_]+)/s,
    (text, type) => `the text "${text}" is not a ${plainType(type)}`,
  ],
  [/invalid (?:timestamp|date|time) field format: "(.*?)"/s, (text) => `the text "${text}" is not a time`],
  [
    /Unimplemented type for cast \((.+?) -> (.+?)\)/,
    (from, to) => `a ${plainType(from)} cannot be taken for a ${plainType(to)}`,
  ],
  [
    /No function matches the given name and argument types '([^(]+)\((.*?)\)'/,
    (name = "", types) => `${figures.get(name) ?? `${name}()`} is not defined for ${listed(types)}`,
  ],
  // Our own, of texts that earlier suites take for dates.
  [/^Invalid Input Error: (No date or time: .*)/s, (text = "") => text],
  [/Unrecognized format for strftime\/strptime: (\S+)/, (format) => `${format} is not a format of strftime`],
  [/Referenced column "(.*?)" not found/, (name) => `there is no column "${name}"`],
  [/Table with name (\S+) does not exist/, (name) => `there is no table "${name}"`],
  [/Function with name (\S+) does not exist/, (name) => `there is no function ${name}`],
  [/syntax error at or near "(.*?)"/s, (text) => `its SQL is not understood at "${text}"`],
  [
    /^Invalid Input Error: ((?:missing|unexpected|invalid|no argument|bad|duplicate|trailing) .*)/,
    (text) => `the regular expression is invalid, ${text}`,
  ],
  [/^Out of Range Error|[Oo]verflow/, () => "a number is too large"],
];

function reasonOf(text: string): string {
  for (const [form, reason] of reasons) {
    const match = form.exec(text);
    if (match !== null) return reason(...match.slice(1));
  }
  return "its values, or what they are held against, are not of the kind that it takes";
}

function listed(types: string | undefined): string {
  return (types ?? "")
    .split(", ")
    .map((type) => `a ${plainType(type)}`)
    .join(" and ");
}

/** A type of the engine by the name that schemas have for it. */
function plainType(type = ""): string {
  if (type.endsWith("[]")) return "list";
  if (/^(?:STRUCT|MAP)/.test(type)) return type.slice(0, 6).replace("(", "").toLowerCase();
  if (/INT|LITERAL|DECIMAL|NUMERIC|DOUBLE|FLOAT|REAL/.test(type) && !type.startsWith("STRING"))
    return "number";
  if (/^TIMESTAMP|^TIME/.test(type)) return "time";
  return plainTypes.get(type) ?? type.toLowerCase();
}

const plainTypes: ReadonlyMap<string, string> = new Map([
  ["VARCHAR", "text"],
  ["STRING_LITERAL", "text"],
  ["BOOLEAN", "truth value"],
  ["BLOB", "binary value"],
  ["DATE", "date"],
]);
