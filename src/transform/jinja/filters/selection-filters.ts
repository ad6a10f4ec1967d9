import { typeError } from "../failures.ts";
import { iterate } from "../iteration.ts";
import { str, truthy } from "../printing.ts";
import { PyIterator } from "../sequences.ts";
import type { KeywordArguments, Value } from "../values.ts";
import { pathReader } from "./attribute-path.ts";
import type { Filter, FilterEntry, FilterTools } from "./filter.ts";

/** The filters that apply another filter or a test to each item. */
export const selectionFilters: readonly FilterEntry[] = [
  ["map", map],
  ["select", selection(false, true)],
  ["reject", selection(false, false)],
  ["selectattr", selection(true, true)],
  ["rejectattr", selection(true, false)],
];

function map(input: Value, args: readonly Value[], kwargs: KeywordArguments, tools: FilterTools): Value {
  if (!truthy(input)) return new PyIterator([]);
  return new PyIterator(lazily(iterate(input), mapper(args, kwargs, tools)));
}

function mapper(
  args: readonly Value[],
  kwargs: KeywordArguments,
  tools: FilterTools,
): (item: Value) => Value {
  const [name, ...rest] = args;
  if (name !== undefined) return (item) => tools.applyFilter(str(name), item, rest, kwargs);
  const attribute = kwargs.get("attribute");
  if (attribute === undefined) throw typeError("map requires a filter argument");
  const unknown = [...kwargs.keys()].find((key) => key !== "attribute" && key !== "default");
  if (unknown !== undefined) throw typeError(`Unexpected keyword argument '${unknown}'`);
  return pathReader(tools, attribute, kwargs.get("default"));
}

function selection(byAttribute: boolean, wanted: boolean): Filter {
  return (input, args, kwargs, tools) => {
    if (!truthy(input)) return new PyIterator([]);
    const [attribute] = args;
    if (byAttribute && attribute === undefined) throw typeError("Missing parameter for attribute name");
    const read = byAttribute ? pathReader(tools, attribute) : (item: Value) => item;
    const [test, ...rest] = byAttribute ? args.slice(1) : args;
    const holds = (item: Value) =>
      test === undefined ? truthy(read(item)) : tools.applyTest(str(test), read(item), rest, kwargs);
    return new PyIterator(only(iterate(input), (item) => holds(item) === wanted));
  };
}

function* lazily(items: Iterable<Value>, change: (item: Value) => Value): Generator<Value> {
  for (const item of items) yield change(item);
}

function* only(items: Iterable<Value>, keep: (item: Value) => boolean): Generator<Value> {
  for (const item of items) if (keep(item)) yield item;
}
