import { nearestName } from "finance-feedback-delta/contract";

import { negate, operate, positive } from "./arithmetic.ts";
import { builtins } from "./builtins.ts";
import { equals } from "./equality.ts";
import { notCallable, typeError } from "./failures.ts";
import { contains, iterate } from "./iteration.ts";
import { findAttribute, findItem, missingReason, sliceOf } from "./lookup.ts";
import { PyDict } from "./mappings.ts";
import { compare } from "./order.ts";
import { str, truthy, typeName } from "./printing.ts";
import { PyList, PyTuple } from "./sequences.ts";
import type { Scope } from "./scope.ts";
import type { CallArguments, Comparison, ComparisonOperator, Expression, FilterCall } from "./syntax.ts";
import { type KeywordArguments, PyObject, type Value } from "./values.ts";

/** The value of an expression. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "name":
      return variable(expression.name, scope);
    case "list":
      return new PyList(expression.items.map((item) => evaluate(item, scope)));
    case "tuple":
      return new PyTuple(expression.items.map((item) => evaluate(item, scope)));
    case "dict":
      return new PyDict(
        expression.entries.map(([key, value]) => [evaluate(key, scope), evaluate(value, scope)]),
      );
    case "attribute": {
      const object = evaluate(expression.object, scope);
      scope.frame.line = expression.line;
      return found(findAttribute(object, expression.name), object, expression.name, scope);
    }
    case "item": {
      const object = evaluate(expression.object, scope);
      const key = evaluate(expression.key, scope);
      scope.frame.line = expression.line;
      return found(findItem(object, key), object, key, scope);
    }
    case "slice": {
      const object = evaluate(expression.object, scope);
      const [start, stop, step] = expression.slice.map((bound) =>
        bound === undefined ? null : evaluate(bound, scope),
      );
      return sliceOf(object, [start ?? null, stop ?? null, step ?? null]);
    }
    case "call":
      return call(evaluate(expression.callee, scope), expression, scope, undefined);
    case "filter":
      return applyFilter(expression.filter, evaluate(expression.input, scope), scope);
    case "test": {
      const input = evaluate(expression.input, scope);
      const { args, kwargs } = evaluateArguments(expression.filter.arguments, scope);
      scope.frame.line = expression.line;
      return scope.frame.applyTest(expression.filter.name, input, args, kwargs);
    }
    case "not":
      return !truthy(evaluate(expression.operand, scope));
    case "negative":
      return negate(evaluate(expression.operand, scope));
    case "positive":
      return positive(evaluate(expression.operand, scope));
    case "binary":
      return operate(
        expression.operator,
        evaluate(expression.left, scope),
        evaluate(expression.right, scope),
      );
    case "concatenation":
      return expression.parts.map((part) => str(evaluate(part, scope))).join("");
    case "comparison":
      return comparison(evaluate(expression.first, scope), expression.rest, scope);
    case "and": {
      const left = evaluate(expression.left, scope);
      return truthy(left) ? evaluate(expression.right, scope) : left;
    }
    case "or": {
      const left = evaluate(expression.left, scope);
      return truthy(left) ? left : evaluate(expression.right, scope);
    }
    case "conditional":
      if (truthy(evaluate(expression.test, scope))) return evaluate(expression.chosen, scope);
      if (expression.otherwise !== undefined) return evaluate(expression.otherwise, scope);
      return scope.frame.undefined(
        "the inline if-expression evaluated to false and no else section was defined.",
      );
  }
}

export function applyFilter(filter: FilterCall, input: Value, scope: Scope): Value {
  const { args, kwargs } = evaluateArguments(filter.arguments, scope);
  scope.frame.line = filter.line;
  return scope.frame.applyFilter(filter.name, input, args, kwargs);
}

/** @param caller the body of a `{% call %}` */
export function call(
  callee: Value,
  expression: Expression & { readonly kind: "call" },
  scope: Scope,
  caller: PyObject | undefined,
): Value {
  if (!(callee instanceof PyObject) || !callee.isCallable()) throw notCallable(callee);
  const { args, kwargs } = evaluateArguments(expression.arguments, scope);
  scope.frame.line = expression.line;
  return callee.call(args, caller === undefined ? kwargs : new Map([...kwargs, ["caller", caller]]));
}

function variable(name: string, scope: Scope): Value {
  const own = scope.get(name);
  if (own !== undefined) return own;
  const global = scope.frame.globals.get(name);
  if (global !== undefined) return global;
  const builtin = builtins.get(name);
  if (builtin !== undefined) return builtin;
  return scope.frame.undefined(`'${name}' is undefined`, () =>
    nearestName(name, [...(scope.frame.globals.names?.() ?? []), ...builtins.keys()]),
  );
}

function found(value: Value | undefined, object: Value, key: Value, scope: Scope): Value {
  if (value !== undefined) return value;
  return scope.frame.undefined(missingReason(object, key), () =>
    object instanceof PyObject && typeof key === "string" ? nearestName(key, [...object.names()]) : undefined,
  );
}

const noKeywords: KeywordArguments = new Map();

function evaluateArguments(
  { positional, keywords, rest, keywordRest }: CallArguments,
  scope: Scope,
): { readonly args: readonly Value[]; readonly kwargs: KeywordArguments } {
  const args = positional.map((argument) => evaluate(argument, scope));
  if (rest !== undefined) args.push(...iterate(evaluate(rest, scope)));
  if (keywords.length === 0 && keywordRest === undefined) return { args, kwargs: noKeywords };
  const kwargs = new Map<string, Value>();
  for (const [name, value] of keywords) kwargs.set(name, evaluate(value, scope));
  if (keywordRest === undefined) return { args, kwargs };
  const more = evaluate(keywordRest, scope);
  if (!(more instanceof PyDict))
    throw typeError(`argument after ** must be a mapping, not ${typeName(more)}`);
  for (const [key, value] of more.entries()) {
    if (typeof key !== "string") throw typeError("keywords must be strings");
    if (kwargs.has(key)) throw typeError(`got multiple values for keyword argument '${key}'`);
    kwargs.set(key, value);
  }
  return { args, kwargs };
}

/** `a < b < c` evaluates `b` once, and stops at the first that does not hold. */
function comparison(first: Value, rest: readonly Comparison[], scope: Scope): boolean {
  let left = first;
  for (const { operator, operand } of rest) {
    const right = evaluate(operand, scope);
    if (!holds(operator, left, right)) return false;
    left = right;
  }
  return true;
}

function holds(operator: ComparisonOperator, left: Value, right: Value): boolean {
  switch (operator) {
    case "==":
      return equals(left, right);
    case "!=":
      return !equals(left, right);
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
    case "<":
      return compare(left, right, operator) < 0;
    case "<=":
      return compare(left, right, operator) <= 0;
    case ">":
      return compare(left, right, operator) > 0;
    case ">=":
      return compare(left, right, operator) >= 0;
  }
}
