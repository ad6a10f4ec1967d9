import { characters, textLength } from "./characters.ts";
import { notIterable, typeError } from "./failures.ts";
import { equals } from "./equality.ts";
import { typeName } from "./printing.ts";
import { PyObject, type Value } from "./values.ts";

/** What a `for` goes through. @throws TemplateError where the value is not iterable */
export function iterate(value: Value): Iterable<Value> {
  const items = iterateIfPossible(value);
  if (items === undefined) throw notIterable(value);
  return items;
}

export function iterateIfPossible(value: Value): Iterable<Value> | undefined {
  if (typeof value === "string") return characters(value);
  return value instanceof PyObject ? value.iterate() : undefined;
}

/** Python's `len`. */
export function size(value: Value): number {
  const found = sizeIfAny(value);
  if (found === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`);
  return found;
}

export function sizeIfAny(value: Value): number | undefined {
  if (typeof value === "string") return textLength(value);
  return value instanceof PyObject ? value.size() : undefined;
}

/** `item in container`. */
export function contains(container: Value, item: Value): boolean {
  if (typeof container === "string") {
    if (typeof item === "string") return container.includes(item);
    throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  }
  if (container instanceof PyObject) {
    const answer = container.contains(item);
    if (answer !== undefined) return answer;
    const items = container.iterate();
    if (items !== undefined) return Array.from(items).some((one) => equals(one, item));
  }
  throw typeError(`argument of type '${typeName(container)}' is not iterable`);
}
