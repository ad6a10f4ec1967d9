import { operate } from "../arithmetic.ts";
import { characters, integer } from "../characters.ts";
import { equals, hashKey } from "../equality.ts";
import { typeError, valueError } from "../failures.ts";
import { iterate, iterateIfPossible, size } from "../iteration.ts";
import { missingReason, ownAttribute } from "../lookup.ts";
import { PyDict } from "../mappings.ts";
import { compare, sorted } from "../order.ts";
import { str, truthy } from "../printing.ts";
import { PyIterator, PyList, PyTuple } from "../sequences.ts";
import { Undefined } from "../undefined.ts";
import { type HashKey, PyObject, type Value } from "../values.ts";
import { lowerCase, pathReader, pathsReader } from "./attribute-path.ts";
import { type FilterEntry, type FilterTools, filter, filterWithTools } from "./filter.ts";
import { Group } from "./group.ts";

/** The filters of lists and dicts. */
export const sequenceFilters: readonly FilterEntry[] = [
  filter("length", [], (input) => BigInt(size(input))),
  filter("count", [], (input) => BigInt(size(input))),
  filter("list", [], (input) => new PyList([...iterate(input)])),
  filter("items", [], (input) => new PyIterator(itemsOf(input))),
  filter(
    "batch",
    ["linecount", "fill_with?"],
    (input, count, fill) => new PyIterator(batches([...iterate(input)], integer(count), fill)),
  ),
  filter(
    "slice",
    ["slices", "fill_with?"],
    (input, count, fill) => new PyIterator(slices([...iterate(input)], integer(count), fill)),
  ),
  filterWithTools("first", [], (tools, input) => {
    for (const item of iterate(input)) return item;
    return tools.undefined("No first item, sequence was empty.");
  }),
  filterWithTools("last", [], (tools, input) => {
    const [last] = reversed(input);
    return last === undefined ? tools.undefined("No last item, sequence was empty.") : last;
  }),
  filter("reverse", [], (input) =>
    typeof input === "string" ? characters(input).toReversed().join("") : new PyIterator(reversed(input)),
  ),
  filter("default", ["default_value?", "boolean?"], orDefault),
  filter("d", ["default_value?", "boolean?"], orDefault),
  filterWithTools("attr", ["name"], (tools, input, name) => {
    const value = ownAttribute(input, str(name));
    return value === undefined ? tools.undefined(missingReason(input, str(name))) : value;
  }),
  filterWithTools(
    "sort",
    ["reverse?", "case_sensitive?", "attribute?"],
    (tools, input, reverse, sensitive, attribute) =>
      new PyList(sorted(iterate(input), pathsReader(tools, attribute, !isSet(sensitive)), isSet(reverse))),
  ),
  filter(
    "dictsort",
    ["case_sensitive?", "by?", "reverse?"],
    (input, sensitive, by, reverse) =>
      new PyList(sorted(itemsOf(input), dictKey(by ?? "key", isSet(sensitive)), isSet(reverse))),
  ),
  filterWithTools(
    "unique",
    ["case_sensitive?", "attribute?"],
    (tools, input, sensitive, attribute) =>
      new PyIterator(unique(iterate(input), keyReader(tools, attribute, sensitive))),
  ),
  filterWithTools("min", ["case_sensitive?", "attribute?"], (tools, input, sensitive, attribute) =>
    extreme(tools, input, keyReader(tools, attribute, sensitive), -1),
  ),
  filterWithTools("max", ["case_sensitive?", "attribute?"], (tools, input, sensitive, attribute) =>
    extreme(tools, input, keyReader(tools, attribute, sensitive), 1),
  ),
  filterWithTools("sum", ["attribute?", "start?"], (tools, input, attribute, start) => {
    const read = pathReader(tools, attribute);
    return Array.from(iterate(input), read).reduce(
      (total, item) => operate("+", total, item),
      start === undefined ? 0n : start,
    );
  }),
  filterWithTools(
    "groupby",
    ["attribute", "default?", "case_sensitive?"],
    (tools, input, attribute, fallback, sensitive) =>
      new PyList(groups(iterate(input), pathReader(tools, attribute, fallback), isSet(sensitive))),
  ),
];

function isSet(value: Value | undefined): boolean {
  return value !== undefined && truthy(value);
}

function orDefault(input: Value, fallback: Value | undefined, forFalse: Value | undefined): Value {
  if (!(input instanceof Undefined || (isSet(forFalse) && !truthy(input)))) return input;
  return fallback === undefined ? "" : fallback;
}

function itemsOf(input: Value): Value[] {
  if (input instanceof Undefined) return [];
  if (!(input instanceof PyDict)) throw typeError("Can only get item pairs from a mapping.");
  return input.entries().map((entry) => new PyTuple(entry));
}

function reversed(input: Value): Value[] {
  const items = iterateIfPossible(input);
  if (items === undefined) throw typeError("argument must be iterable");
  return [...items].toReversed();
}

function batches(items: readonly Value[], count: number, fill: Value | undefined): Value[] {
  if (count < 1) return items.length === 0 ? [] : [new PyList([...items])];
  const result: PyList[] = [];
  for (let start = 0; start < items.length; start += count)
    result.push(new PyList(items.slice(start, start + count)));
  const last = result.at(-1);
  if (last !== undefined && fill !== undefined && fill !== null) {
    last.items.push(...Array.from({ length: count - last.items.length }, () => fill));
  }
  return result;
}

function slices(items: readonly Value[], count: number, fill: Value | undefined): Value[] {
  if (count < 1) throw valueError("slice needs at least one slice");
  const [each, extra] = [Math.floor(items.length / count), items.length % count];
  return Array.from({ length: count }, (_, index) => {
    const start = index * each + Math.min(index, extra);
    const part = items.slice(start, start + each + (index < extra ? 1 : 0));
    if (fill !== undefined && fill !== null && index >= extra) part.push(fill);
    return new PyList(part);
  });
}

function dictKey(by: Value, isSensitive: boolean): (pair: Value) => Value {
  if (by !== "key" && by !== "value") throw valueError('You can only sort by either "key" or "value"');
  return (pair) => {
    const part = (pair instanceof PyObject ? pair.item(by === "key" ? 0n : 1n) : undefined) ?? null;
    return isSensitive ? part : lowerCase(part);
  };
}

function keyReader(
  tools: FilterTools,
  attribute: Value | undefined,
  sensitive: Value | undefined,
): (item: Value) => Value {
  const read = pathReader(tools, attribute);
  return isSet(sensitive) ? read : (item) => lowerCase(read(item));
}

function unique(items: Iterable<Value>, key: (item: Value) => Value): Value[] {
  const seen = new Set<HashKey>();
  return Array.from(items).filter((item) => {
    const hash = hashKey(key(item));
    if (seen.has(hash)) return false;
    seen.add(hash);
    return true;
  });
}

function extreme(tools: FilterTools, input: Value, key: (item: Value) => Value, sign: 1 | -1): Value {
  let best: { readonly item: Value; readonly key: Value } | undefined;
  for (const item of iterate(input)) {
    const candidate = { item, key: key(item) };
    if (best === undefined || compare(candidate.key, best.key, sign > 0 ? ">" : "<") * sign > 0)
      best = candidate;
  }
  return best === undefined ? tools.undefined("No aggregated item, sequence was empty.") : best.item;
}

function groups(items: Iterable<Value>, read: (item: Value) => Value, isSensitive: boolean): Group[] {
  const key = (item: Value) => (isSensitive ? read(item) : lowerCase(read(item)));
  const found: { readonly key: Value; readonly items: Value[] }[] = [];
  for (const item of sorted(items, key, false)) {
    const last = found.at(-1);
    if (last !== undefined && equals(last.key, key(item))) last.items.push(item);
    else found.push({ key: key(item), items: [item] });
  }
  return found.map((group) => new Group(read(group.items[0] ?? null), new PyList(group.items)));
}
