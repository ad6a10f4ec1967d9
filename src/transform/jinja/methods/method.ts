import { bind, type Bound, PyFunction } from "../function.ts";
import type { KeywordArguments, Value } from "../values.ts";

/** A method of values of one type. */
export type Method<Self> = (self: Self, args: readonly Value[], kwargs: KeywordArguments) => Value;

export type Methods<Self> = ReadonlyMap<string, Method<Self>>;

/** An entry of a table of methods; a parameter called `name?` may be missing. */
export function method<Self, const Parameters extends readonly string[]>(
  name: string,
  parameters: Parameters,
  run: (self: Self, ...values: Bound<Parameters>) => Value,
): readonly [string, Method<Self>] {
  return [name, (self, args, kwargs) => run(self, ...bind(name, parameters, args, kwargs))];
}

/** `self.name`, ready to be called. */
export function boundMethod<Self>(methods: Methods<Self>, self: Self, name: string): PyFunction | undefined {
  const found = methods.get(name);
  return found && new PyFunction(name, (args, kwargs) => found(self, args, kwargs));
}
