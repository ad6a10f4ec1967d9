import { expressions } from "./expressions.ts";
import { filtersAndTests } from "./filters.ts";
import { methods } from "./methods.ts";
import { statements } from "./statements.ts";

/** Every construct as a whole template. */
export const allConstructs: readonly string[] = [
  ...[...expressions, ...methods, ...filtersAndTests].map((expression) => `{{ ${expression} }}`),
  ...statements,
];
