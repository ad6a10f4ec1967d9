import { optionsProblem } from "./option-table.ts";
import type { AnyOptionTable, OptionKind, OptionTable, RequiredKind } from "./option-table.ts";
import { isObject, shown } from "./shown.ts";

export function required<Value>(optional: OptionKind<Value>): RequiredKind<Value> {
  return { ...optional, isRequired: true };
}

/** A kind of values that one look decides. */
export function kind<Value>(expects: string, fits: (value: unknown) => boolean): OptionKind<Value> {
  return {
    expects,
    problem: (name, value) => (fits(value) ? undefined : `${name} is ${expects}, not ${shown(value)}`),
  };
}

export const flag: OptionKind<boolean> = kind("true or false", (value) => typeof value === "boolean");
export const anyText: OptionKind<string> = kind("a text", (value) => typeof value === "string");
export const nonEmptyText: OptionKind<string> = kind(
  "a text of one letter at the least",
  (value) => typeof value === "string" && value.trim() !== "",
);
export const sqlExpression: OptionKind<string> = kind(
  "a SQL expression, as a text",
  (value) => typeof value === "string",
);
export const anyNumber: OptionKind<number> = kind(
  "a number",
  (value) => typeof value === "number" && !Number.isNaN(value),
);
export const positiveNumber: OptionKind<number> = kind(
  "a number above 0",
  (value) => typeof value === "number" && value > 0,
);
export const numberFromZero: OptionKind<number> = kind(
  "a number from 0 on",
  (value) => typeof value === "number" && value >= 0,
);
export const share: OptionKind<number> = kind(
  "a number from 0 to 1",
  (value) => typeof value === "number" && value >= 0 && value <= 1,
);
export const wholeNumber: OptionKind<number> = kind("a whole number", Number.isSafeInteger);
export const countFromZero: OptionKind<number> = kind(
  "a whole number from 0 on",
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const countFromOne: OptionKind<number> = kind(
  "a whole number from 1 on",
  (value) => Number.isSafeInteger(value) && Number(value) >= 1,
);
/** What JavaScript's own Date can hold. */
const instantMsMax = 8_640_000_000_000_000;
export const instantMs: OptionKind<number> = kind(
  "an instant in whole milliseconds since 1970, such as Date.UTC(2026, 0, 8)",
  (value) => Number.isSafeInteger(value) && Math.abs(Number(value)) <= instantMsMax,
);
/** Whether a table has it is for the table to say. */
export const versionNumber: OptionKind<number> = kind("a version, a whole number", Number.isSafeInteger);
export const aDate: OptionKind<Date> = kind('a Date, such as new Date("2026-01-09T00:00:00Z")', isDate);
/** What the text means is up to its reader. */
export const dateOrText: OptionKind<string | Date> = kind(
  'a date or an instant as a text, such as "2026-01-09", or a Date',
  (value) => typeof value === "string" || isDate(value),
);
export const nameList: OptionKind<readonly string[]> = kind("a list of names", isListOfNames);
export const someNames: OptionKind<readonly string[]> = kind(
  "a list of names, of one at the least",
  (value) => isListOfNames(value) && value.length > 0,
);
export const texts: OptionKind<Readonly<Record<string, string>>> = kind(
  "an object of texts by name",
  isTexts,
);
export const sqlExpressions: OptionKind<Readonly<Record<string, string>>> = kind(
  "an object of SQL expressions by column, each a text",
  isTexts,
);
export const anyObject: OptionKind<Readonly<Record<string, unknown>>> = kind("an object", isObject);
/** An object of a class of ours. */
export function instanceOf<Value>(
  expects: string,
  type: abstract new (...given: never[]) => Value,
): OptionKind<Value> {
  return kind(expects, (value) => value instanceof type);
}
/** Functions cannot be told apart by what they take. */
export const aFunction: OptionKind<never> = kind("a function", (value) => typeof value === "function");
export const abortSignal: OptionKind<AbortSignal> = kind(
  "an AbortSignal",
  (value) => value instanceof AbortSignal,
);

/** One of some texts. */
export function oneOf<const Value extends string>(...values: readonly Value[]): OptionKind<Value> {
  const listed = values.map((value) => `"${value}"`).join(", ");
  const known: ReadonlySet<unknown> = new Set(values);
  return kind(values.length === 1 ? listed : `one of ${listed}`, (value) => known.has(value));
}

/** Something that can do what is asked of it, for interfaces that callers implement. */
export function capableOf<Value>(
  expects: string,
  methods: readonly (keyof Value & string)[],
): OptionKind<Value> {
  return kind(
    expects,
    (value) =>
      typeof value === "object" &&
      value !== null &&
      methods.every((method) => typeof Reflect.get(value, method) === "function"),
  );
}

export function listOf<Value>(element: OptionKind<Value>, atLeast: 0 | 1 = 0): OptionKind<readonly Value[]> {
  const expects = `a list, each ${element.expects}${atLeast === 0 ? "" : ", of one at the least"}`;
  return {
    expects,
    problem: (name, value) => {
      if (!Array.isArray(value) || value.length < atLeast)
        return `${name} is ${expects}, not ${shown(value)}`;
      // Array.from visits holes, too.
      return Array.from(value, (item: unknown, index) => element.problem(`${name}[${index}]`, item)).find(
        (problem) => problem !== undefined,
      );
    },
  };
}

/** What must not be shown, not even where it is wrong. */
export function secretly<Value>(shownKind: OptionKind<Value>): OptionKind<Value> {
  const { expects } = shownKind;
  return {
    expects,
    problem: (name, value) =>
      shownKind.problem(name, value) === undefined
        ? undefined
        : `${name} is ${expects}; what was given is not shown here`,
  };
}

/** Keys of the environment that are not set are undefined. It may hold keys of providers. */
export const environment: OptionKind<Readonly<Record<string, string | undefined>>> = secretly(
  kind(
    "an environment, such as process.env",
    (value) =>
      isObject(value) && Object.values(value).every((item) => item === undefined || typeof item === "string"),
  ),
);

/** An object with options of its own. */
export function optionsOf<Options>(table: OptionTable<Options>): OptionKind<Options> {
  const own: AnyOptionTable = table;
  return {
    expects: `an object of ${Object.keys(own).join(", ")}`,
    problem: (name, value) => optionsProblem(name, value, own),
  };
}

/** A value of either kind. Of an object the second is asked, which says what is wrong inside. */
export function either<First, Second>(
  first: OptionKind<First>,
  second: OptionKind<Second>,
): OptionKind<First | Second> {
  const expects = `${first.expects}, or ${second.expects}`;
  return {
    expects,
    problem: (name, value) => {
      if (first.problem(name, value) === undefined) return undefined;
      const problem = second.problem(name, value);
      if (problem === undefined || isObject(value)) return problem;
      return `${name} is ${expects}, not ${shown(value)}`;
    },
  };
}

function isDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

function isListOfNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && Array.from(value).every((item) => typeof item === "string" && item !== "");
}

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((item) => typeof item === "string");
}
