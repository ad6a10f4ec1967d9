import assert from "node:assert/strict";

import * as fc from "fast-check";

/** One method that takes options: what is right, by example, and which of it must be there. */
export interface Subject {
  readonly name: string;
  /** Arguments in front of the options. */
  readonly leading?: readonly unknown[];
  /** Every option with values of each kind that it can have. */
  readonly options: Readonly<Record<string, readonly unknown[]>>;
  readonly required?: readonly string[];
  /** The class of its layer's errors. */
  readonly error: string;
  readonly call: (...given: readonly unknown[]) => unknown;
}

/** A function that takes arguments in order. */
export interface Ordered {
  readonly name: string;
  /** By name, in their order, with values of each kind that they can have. */
  readonly given: Readonly<Record<string, readonly unknown[]>>;
  /** Those that may be left out. */
  readonly optional?: readonly string[];
  /** The class of its layer's errors. */
  readonly error: string;
  readonly call: (...given: readonly unknown[]) => unknown;
}

/** A method as JavaScript calls it, whatever its types say. */
export function method(target: object, name: string): (...given: readonly unknown[]) => unknown {
  const found: unknown = Reflect.get(target, name);
  assert.ok(typeof found === "function", name);
  return (...given) => Reflect.apply(found, target, given);
}

export function constructing(
  type: abstract new (...given: never[]) => unknown,
): (...given: readonly unknown[]) => unknown {
  return (...given) => Reflect.construct(type, given);
}

/** Values of every kind; for an argument those are wrong that are like none of its right ones. */
const pool: readonly unknown[] = [
  5,
  "",
  "x",
  true,
  null,
  {},
  [],
  [5],
  { x: 5 },
  new Date(NaN),
  new Map(),
  10n,
  () => 1,
];

export function wrongValues(right: readonly unknown[]): readonly unknown[] {
  const lists = right.some(Array.isArray) ? ["list"] : [];
  const known = new Set([...lists, ...right.flatMap(likenesses)]);
  return pool.filter((value) => likenesses(value).every((one) => !known.has(one)));
}

/** An object is told by its class, and one of a member that nobody has by that; an empty list is like any. */
function likenesses(value: unknown): readonly string[] {
  if (value === null || typeof value !== "object") return [value === null ? "null" : typeof value];
  if (Array.isArray(value))
    return value.length === 0 ? ["list"] : value.flatMap(likenesses).map((one) => `list of ${one}`);
  const made: unknown = Reflect.get(value, "constructor");
  const name = typeof made === "function" ? made.name : "Object";
  return [name === "Object" && "x" in value ? "object of x" : name];
}

/** What a call ends in, also where a generator does nothing before it is asked. */
export async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    const result: unknown = await work();
    if (isGenerator(result)) await result.next();
  } catch (error) {
    return error;
  }
  return undefined;
}

function isGenerator(value: unknown): value is { readonly next: () => unknown } {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && "next" in value;
}

/** A slip of the finger: a letter left out, doubled or swapped with the next, or another case. */
function slips(name: string): readonly string[] {
  const found = [name.toLowerCase(), name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
  for (let at = 0; at < name.length; at += 1) {
    found.push(name.slice(0, at) + name.slice(at + 1));
    found.push(name.slice(0, at) + name.charAt(at) + name.slice(at));
    found.push(name.slice(0, at) + name.charAt(at + 1) + name.charAt(at) + name.slice(at + 2));
  }
  return found;
}

export type Mistake =
  | { readonly kind: "misspelt"; readonly option: string; readonly given: string }
  | { readonly kind: "missing"; readonly option: string }
  | { readonly kind: "wrong"; readonly option: string; readonly value: unknown };

export function mistakesOf({ options, required = [] }: Subject): fc.Arbitrary<Mistake> {
  const names = Object.keys(options);
  const misspelt = fc
    .constantFrom(...names)
    .chain((option) =>
      fc
        .constantFrom(...slips(option).filter((given) => given !== "" && !names.includes(given)))
        .map((given): Mistake => ({ kind: "misspelt", option, given })),
    );
  const wrong = fc.constantFrom(...Object.entries(options)).chain(([option, right]) => {
    return fc.constantFrom(...wrongValues(right)).map((value): Mistake => ({ kind: "wrong", option, value }));
  });
  const all = [misspelt, wrong];
  if (required.length > 0)
    all.push(fc.constantFrom(...required).map((option): Mistake => ({ kind: "missing", option })));
  return fc.oneof(...all);
}

export function optionsWith({ options, required = [] }: Subject, mistake: Mistake): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const name of required) given[name] = options[name]?.[0];
  if (mistake.kind === "missing") delete given[mistake.option];
  if (mistake.kind === "wrong") given[mistake.option] = mistake.value;
  if (mistake.kind === "misspelt") {
    delete given[mistake.option];
    given[mistake.given] = options[mistake.option]?.[0];
  }
  return given;
}
