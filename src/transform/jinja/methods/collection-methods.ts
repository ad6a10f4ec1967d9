import { integer, integerOr } from "../characters.ts";
import { equals } from "../equality.ts";
import { typeError, valueError } from "../failures.ts";
import { iterate } from "../iteration.ts";
import { DictView, PyDict, PySet } from "../mappings.ts";
import { sorted } from "../order.ts";
import { repr, truthy } from "../printing.ts";
import { PyList, type PySequence, PyTuple } from "../sequences.ts";
import type { Value } from "../values.ts";
import { type Method, type Methods, method } from "./method.ts";

const sequenceMethods: readonly (readonly [string, Method<PySequence>])[] = [
  method("count", ["value"], (self: PySequence, value) =>
    BigInt(self.items.filter((item) => equals(item, value)).length),
  ),
  method("index", ["value", "start?", "stop?"], (self: PySequence, value, start, stop) => {
    const length = self.items.length;
    const [from, to] = [place(integerOr(start, 0), length), place(integerOr(stop, length), length)];
    const found = self.items.findIndex((item, index) => index >= from && index < to && equals(item, value));
    if (found < 0) throw valueError(`${repr(value)} is not in ${self.typeName}`);
    return BigInt(found);
  }),
];

export const tupleMethods: Methods<PySequence> = new Map(sequenceMethods);

/** What a list can do; most of it changes the list, and returns None. */
export const listMethods: Methods<PyList> = new Map<string, Method<PyList>>([
  ...sequenceMethods,
  method("append", ["item"], (self: PyList, item) => nothing(self.items.push(item))),
  method("extend", ["iterable"], (self: PyList, iterable) => {
    for (const item of Array.from(iterate(iterable))) self.items.push(item);
    return null;
  }),
  method("insert", ["index", "item"], (self: PyList, index, item) =>
    nothing(self.items.splice(place(integer(index), self.items.length), 0, item)),
  ),
  method("pop", ["index?"], (self: PyList, index) => {
    const at = integerOr(index, -1);
    const from = at < 0 ? at + self.items.length : at;
    const [popped] = from < 0 ? [] : self.items.splice(from, 1);
    if (popped === undefined) {
      throw valueError(self.items.length === 0 ? "pop from empty list" : "pop index out of range");
    }
    return popped;
  }),
  method("remove", ["item"], (self: PyList, item) => {
    const at = self.items.findIndex((one) => equals(one, item));
    if (at < 0) throw valueError("list.remove(x): x not in list");
    return nothing(self.items.splice(at, 1));
  }),
  method("clear", [], (self: PyList) => nothing(self.items.splice(0))),
  method("copy", [], (self: PyList) => new PyList([...self.items])),
  method("reverse", [], (self: PyList) =>
    nothing(self.items.splice(0, Infinity, ...self.items.toReversed())),
  ),
  method("sort", ["key?", "reverse?"], (self: PyList, key, reverse) => {
    const keyOf = callableKey(key);
    const inOrder = sorted(self.items, keyOf, reverse !== undefined && truthy(reverse));
    return nothing(self.items.splice(0, self.items.length, ...inOrder));
  }),
]);

export const dictMethods: Methods<PyDict> = new Map<string, Method<PyDict>>([
  method("get", ["key", "default?"], (self: PyDict, key, fallback) => {
    const value = self.get(key);
    return value === undefined ? (fallback ?? null) : value;
  }),
  method("keys", [], (self: PyDict) => new DictView("keys", self)),
  method("values", [], (self: PyDict) => new DictView("values", self)),
  method("items", [], (self: PyDict) => new DictView("items", self)),
  ["update", updateDict],
  method("pop", ["key", "default?"], (self: PyDict, key, fallback) => {
    const value = self.get(key);
    if (value === undefined && fallback === undefined) throw valueError(`the dict has no key ${repr(key)}`);
    self.delete(key);
    return (value === undefined ? fallback : value) ?? null;
  }),
  method("popitem", [], (self: PyDict) => {
    const last = self.entries().at(-1);
    if (last === undefined) throw valueError("popitem(): dictionary is empty");
    self.delete(last[0]);
    return new PyTuple(last);
  }),
  method("setdefault", ["key", "default?"], (self: PyDict, key, fallback) => {
    const value = self.get(key);
    if (value !== undefined) return value;
    self.set(key, fallback ?? null);
    return fallback ?? null;
  }),
  method("clear", [], (self: PyDict) => {
    self.clear();
    return null;
  }),
  method("copy", [], (self: PyDict) => new PyDict(self.entries())),
]);

export const setMethods: Methods<PySet> = new Map<string, Method<PySet>>([
  method("add", ["item"], (self: PySet, item) => {
    self.add(item);
    return null;
  }),
  method("discard", ["item"], (self: PySet, item) => nothing(self.delete(item))),
  method("remove", ["item"], (self: PySet, item) => {
    if (!self.delete(item)) throw valueError(`the set has no item ${repr(item)}`);
    return null;
  }),
  method("pop", [], (self: PySet) => {
    const [first] = self.items();
    if (first === undefined) throw valueError("pop from an empty set");
    self.delete(first);
    return first;
  }),
  method("clear", [], (self: PySet) => {
    self.clear();
    return null;
  }),
  method("copy", [], (self: PySet) => new PySet(self.items())),
  ["update", (self, args) => nothing(args.flatMap((one) => [...iterate(one)]).map((item) => self.add(item)))],
  ["union", (self, args) => new PySet([self, ...args].flatMap((one) => [...iterate(one)]))],
  [
    "intersection",
    (self, args) => filtered(self, args, (item, others) => others.every((other) => other.has(item))),
  ],
  [
    "difference",
    (self, args) => filtered(self, args, (item, others) => !others.some((other) => other.has(item))),
  ],
  method("symmetric_difference", ["other"], (self: PySet, other) => {
    const right = new PySet(iterate(other));
    return new PySet([
      ...self.items().filter((item) => !right.has(item)),
      ...right.items().filter((item) => !self.has(item)),
    ]);
  }),
  method("issubset", ["other"], (self: PySet, other) => self.isSubsetOf(new PySet(iterate(other)))),
  method("issuperset", ["other"], (self: PySet, other) => new PySet(iterate(other)).isSubsetOf(self)),
  method(
    "isdisjoint",
    ["other"],
    (self: PySet, other) => !Array.from(iterate(other)).some((item) => self.has(item)),
  ),
]);

/** What `dict(…)` and `dict.update(…)` take: a dict or pairs, then keywords. */
export function dictEntries(
  args: readonly Value[],
  kwargs: ReadonlyMap<string, Value>,
): (readonly [Value, Value])[] {
  const [source] = args;
  if (args.length > 1) throw typeError(`expected at most 1 argument, got ${args.length}`);
  const given =
    source === undefined
      ? []
      : source instanceof PyDict
        ? source.entries()
        : Array.from(iterate(source), pair);
  return [...given, ...kwargs];
}

function pair(item: Value, index: number): readonly [Value, Value] {
  const [key, value, ...rest] = iterate(item);
  if (key !== undefined && value !== undefined && rest.length === 0) return [key, value];
  throw valueError(`element ${index} of what a dict is made of is no pair`);
}

function updateDict(self: PyDict, args: readonly Value[], kwargs: ReadonlyMap<string, Value>): null {
  for (const [key, value] of dictEntries(args, kwargs)) self.set(key, value);
  return null;
}

function filtered(
  self: PySet,
  args: readonly Value[],
  keep: (item: Value, others: readonly PySet[]) => boolean,
): PySet {
  const others = args.map((one) => new PySet(iterate(one)));
  return new PySet(self.items().filter((item) => keep(item, others)));
}

function callableKey(key: Value | undefined): (item: Value) => Value {
  if (key === undefined || key === null) return (item) => item;
  if (typeof key === "object" && key.isCallable()) return (item) => key.call([item], new Map());
  throw typeError("the key of sort() is no function");
}

function place(index: number, length: number): number {
  return index < 0 ? Math.max(0, index + length) : Math.min(index, length);
}

function nothing(_done: unknown): null {
  return null;
}
