import { optionsProblem } from "./option-table.ts";
import type { AnyOptionTable } from "./option-table.ts";
import { isObject } from "./shown.ts";

/**
 * What is wrong with the arguments of a function that takes them in order; `undefined` when nothing is.
 *
 * @param given the arguments by their names, in their order.
 */
export function argumentsProblem(command: string, given: unknown, table: AnyOptionTable): string | undefined {
  const problem = optionsProblem(command, given, table);
  const asOptions = problem === undefined ? undefined : namesInFirst(given, table);
  return asOptions === undefined
    ? problem
    : `${command} takes its arguments in order, not as one object. Did you mean ${call(command, asOptions)}?`;
}

/** How a caller writes it. */
function call(command: string, names: readonly string[]): string {
  return `${command}(${names.join(", ")})`;
}

/** Who gives everything as one object has the arguments' names in it. */
function namesInFirst(given: unknown, table: AnyOptionTable): readonly string[] | undefined {
  const [first, ...others] = isObject(given) ? Object.values(given) : [];
  if (!isObject(first) || others.some((value) => value !== undefined)) return undefined;
  const names = Object.keys(first);
  const areArguments = names.length > 0 && names.every((name) => Object.hasOwn(table, name));
  return areArguments ? Object.keys(table).filter((name) => names.includes(name)) : undefined;
}
