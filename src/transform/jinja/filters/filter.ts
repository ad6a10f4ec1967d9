import { bind, type Bound } from "../function.ts";
import type { Undefined } from "../undefined.ts";
import type { KeywordArguments, Value } from "../values.ts";

/** What filters and tests need of the template that they stand in. */
export type FilterTools = {
  /** Whether filters such as `as_bool` give a text another type. */
  readonly native: boolean;
  /** A value that is undefined, as the template's own are. */
  undefined(reason: string): Undefined;
  applyFilter(name: string, input: Value, args: readonly Value[], kwargs: KeywordArguments): Value;
  applyTest(name: string, input: Value, args: readonly Value[], kwargs: KeywordArguments): boolean;
};

export type Filter = (
  input: Value,
  args: readonly Value[],
  kwargs: KeywordArguments,
  tools: FilterTools,
) => Value;

export type FilterEntry = readonly [name: string, filter: Filter];

/** An entry of the table of filters; a parameter called `name?` may be missing. */
export function filter<const Parameters extends readonly string[]>(
  name: string,
  parameters: Parameters,
  run: (input: Value, ...values: Bound<Parameters>) => Value,
): FilterEntry {
  return [name, (input, args, kwargs) => run(input, ...bind(name, parameters, args, kwargs))];
}

/** As `filter`, for one that looks into the template. */
export function filterWithTools<const Parameters extends readonly string[]>(
  name: string,
  parameters: Parameters,
  run: (tools: FilterTools, input: Value, ...values: Bound<Parameters>) => Value,
): FilterEntry {
  return [name, (input, args, kwargs, tools) => run(tools, input, ...bind(name, parameters, args, kwargs))];
}
