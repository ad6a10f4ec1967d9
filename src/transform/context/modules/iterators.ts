import { operate } from "../../jinja/arithmetic.ts";
import { integer, integerOr } from "../../jinja/characters.ts";
import { limitError } from "../../jinja/failures.ts";
import { define, PyFunction } from "../../jinja/function.ts";
import { iterate } from "../../jinja/iteration.ts";
import { PyIterator, PyTuple } from "../../jinja/sequences.ts";
import type { PyObject, Value } from "../../jinja/values.ts";
import { Attributes } from "../attributes.ts";

/** Python's module `itertools`: what of it ends by itself. */
export const iterators: PyObject = new Attributes("module", [
  ["chain", new PyFunction("chain", (args) => new PyIterator(args.flatMap((one) => [...iterate(one)])))],
  [
    "product",
    new PyFunction("product", (args, kwargs) => combined(args, integerOr(kwargs.get("repeat"), 1))),
  ],
  [
    "combinations",
    define("combinations", ["iterable", "r"], (items, size) =>
      tuples(chosen([...iterate(items)], integer(size), false)),
    ),
  ],
  [
    "combinations_with_replacement",
    define("combinations_with_replacement", ["iterable", "r"], (items, size) =>
      tuples(chosen([...iterate(items)], integer(size), true)),
    ),
  ],
  [
    "permutations",
    define("permutations", ["iterable", "r?"], (items, size) => {
      const all = [...iterate(items)];
      return tuples(ordered(all, integerOr(size, all.length)));
    }),
  ],
  [
    "zip_longest",
    new PyFunction("zip_longest", (args, kwargs) =>
      zipped(
        args.map((one) => [...iterate(one)]),
        kwargs.get("fillvalue") ?? null,
      ),
    ),
  ],
  [
    "islice",
    new PyFunction("islice", ([items, ...bounds]) => {
      const [start, stop, step] = bounds.length < 2 ? [null, bounds[0] ?? null, null] : bounds;
      const all = items === undefined ? [] : [...iterate(items)];
      const [from, by] = [integerOr(start, 0), integerOr(step, 1)];
      return new PyIterator(
        all.slice(from, integerOr(stop, all.length)).filter((_, index) => index % by === 0),
      );
    }),
  ],
  [
    "accumulate",
    define("accumulate", ["iterable"], (items) => {
      let total: Value | undefined;
      return new PyIterator(
        Array.from(
          iterate(items),
          (item) => (total = total === undefined ? item : operate("+", total, item)),
        ),
      );
    }),
  ],
  [
    "repeat",
    define(
      "repeat",
      ["object", "times"],
      (item, times) => new PyIterator(Array.from({ length: integer(times) }, () => item)),
    ),
  ],
]);

const mostTuples = 1_000_000;

function tuples(rows: readonly (readonly Value[])[]): PyIterator {
  return new PyIterator(rows.map((row) => new PyTuple(row)));
}

function combined(args: readonly Value[], repeat: number): PyIterator {
  const lists = args.map((one) => [...iterate(one)]);
  let rows: (readonly Value[])[] = [[]];
  for (const list of Array.from({ length: repeat }, () => lists).flat()) {
    if (rows.length * list.length > mostTuples)
      throw limitError(`a product of more than ${mostTuples} tuples`);
    rows = rows.flatMap((row) => list.map((item) => [...row, item]));
  }
  return tuples(rows);
}

function chosen(items: readonly Value[], size: number, withReplacement: boolean): (readonly Value[])[] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    chosen(items.slice(withReplacement ? index : index + 1), size - 1, withReplacement).map((rest) => [
      item,
      ...rest,
    ]),
  );
}

function ordered(items: readonly Value[], size: number): (readonly Value[])[] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    ordered(items.toSpliced(index, 1), size - 1).map((rest) => [item, ...rest]),
  );
}

function zipped(lists: readonly (readonly Value[])[], fill: Value): PyIterator {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return tuples(Array.from({ length: longest }, (_, index) => lists.map((list) => list[index] ?? fill)));
}
