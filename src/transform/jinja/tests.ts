import { asNumber, equals } from "./equality.ts";
import { allFilters } from "./filters/all-filters.ts";
import { bind, type Bound } from "./function.ts";
import { contains, iterateIfPossible } from "./iteration.ts";
import { PyDict } from "./mappings.ts";
import { isLower, isUpper } from "./methods/text-tests.ts";
import { compare } from "./order.ts";
import { operate } from "./arithmetic.ts";
import { str } from "./printing.ts";
import { PySequence } from "./sequences.ts";
import { Undefined } from "./undefined.ts";
import { type KeywordArguments, PyObject, type Value } from "./values.ts";

/** `value is name(…)`. */
export type Test = (value: Value, args: readonly Value[], kwargs: KeywordArguments) => boolean;

function test<const Parameters extends readonly string[]>(
  parameters: Parameters,
  holds: (value: Value, ...values: Bound<Parameters>) => boolean,
): Test {
  return (value, args, kwargs) => holds(value, ...bind("test", parameters, args, kwargs));
}

const isEqual = test(["other"], equals);
const isUnequal = test(["other"], (value, other) => !equals(value, other));
const isLess = test(["other"], (value, other) => compare(value, other, "<") < 0);
const isAtMost = test(["other"], (value, other) => compare(value, other, "<=") <= 0);
const isMore = test(["other"], (value, other) => compare(value, other, ">") > 0);
const isAtLeast = test(["other"], (value, other) => compare(value, other, ">=") >= 0);

export const allTests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ["defined", test([], (value) => !(value instanceof Undefined))],
  ["undefined", test([], (value) => value instanceof Undefined)],
  ["none", test([], (value) => value === null)],
  ["boolean", test([], (value) => typeof value === "boolean")],
  ["true", test([], (value) => value === true)],
  ["false", test([], (value) => value === false)],
  ["integer", test([], (value) => typeof value === "bigint")],
  ["float", test([], (value) => typeof value === "number")],
  ["number", test([], (value) => asNumber(value) !== undefined)],
  ["string", test([], (value) => typeof value === "string")],
  ["mapping", test([], (value) => value instanceof PyObject && value.isMapping())],
  ["sequence", test([], isSequence)],
  ["iterable", test([], (value) => iterateIfPossible(value) !== undefined)],
  ["callable", test([], (value) => value instanceof PyObject && value.isCallable())],
  ["odd", test([], (value) => equals(operate("%", value, 2n), 1n))],
  ["even", test([], (value) => equals(operate("%", value, 2n), 0n))],
  ["divisibleby", test(["num"], (value, divisor) => equals(operate("%", value, divisor), 0n))],
  ["lower", test([], (value) => isLower(str(value)))],
  ["upper", test([], (value) => isUpper(str(value)))],
  ["sameas", test(["other"], (value, other) => Object.is(value, other))],
  ["in", test(["seq"], (value, container) => contains(container, value))],
  ["escaped", test([], () => false)],
  ["filter", test([], (value) => typeof value === "string" && allFilters.has(value))],
  ["test", test([], (value) => typeof value === "string" && allTests.has(value))],
  ["eq", isEqual],
  ["equalto", isEqual],
  ["==", isEqual],
  ["ne", isUnequal],
  ["!=", isUnequal],
  ["lt", isLess],
  ["lessthan", isLess],
  ["<", isLess],
  ["le", isAtMost],
  ["<=", isAtMost],
  ["gt", isMore],
  ["greaterthan", isMore],
  [">", isMore],
  ["ge", isAtLeast],
  [">=", isAtLeast],
]);

function isSequence(value: Value): boolean {
  if (typeof value === "string") return true;
  return value instanceof PySequence || value instanceof PyDict || value instanceof Undefined;
}
