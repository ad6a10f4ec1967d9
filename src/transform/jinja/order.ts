import { asNumber, compareNumbers } from "./equality.ts";
import { typeError } from "./failures.ts";
import { typeName } from "./printing.ts";
import { PyObject, type Value } from "./values.ts";

/**
 * Negative, zero or positive as `left` is less than, equal to or more than `right`; NaN compares to nothing.
 * @param operator what an error names
 * @throws TemplateError for values without an order, such as a text and a number
 */
export function compare(left: Value, right: Value, operator: string): number {
  const result = order(left, right);
  if (result !== undefined) return result;
  throw typeError(
    `'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
  );
}

function order(left: Value, right: Value): number | undefined {
  if (left instanceof PyObject) return left.compare(right);
  if (right instanceof PyObject) {
    const reflected = right.compare(left);
    return reflected === undefined ? undefined : -reflected;
  }
  if (typeof left === "string" && typeof right === "string") return compareTexts(left, right);
  const [a, b] = [asNumber(left), asNumber(right)];
  return a === undefined || b === undefined ? undefined : compareNumbers(a, b);
}

/** By code points, as Python; JavaScript compares UTF-16, which differs above U+FFFF. */
function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  let index = 0;
  while (index < left.length && left.charCodeAt(index) === right.charCodeAt(index)) index += 1;
  const isInsidePair =
    (left.charCodeAt(index) & 0xfc00) === 0xdc00 && (right.charCodeAt(index) & 0xfc00) === 0xdc00;
  const start = isInsidePair ? index - 1 : index;
  return (left.codePointAt(start) ?? -1) - (right.codePointAt(start) ?? -1);
}

/** A sorted copy, stable as Python's also when reversed. */
export function sorted(items: Iterable<Value>, key: (item: Value) => Value, reverse: boolean): Value[] {
  const keyed = Array.from(items, (item) => ({ item, key: key(item) }));
  keyed.sort((a, b) => (reverse ? compare(b.key, a.key, "<") : compare(a.key, b.key, "<")) || 0);
  return keyed.map(({ item }) => item);
}
