import { optionsProblem } from "./option-table.ts";
import type { AnyOptionTable } from "./option-table.ts";
import { isObject, shown } from "./shown.ts";

/**
 * What is wrong with the arguments of a function that takes them in order; `undefined` when nothing is.
 *
 * @param given the arguments by their names, in their order.
 */
export function argumentsProblem(command: string, given: unknown, table: AnyOptionTable): string | undefined {
  const problem = optionsProblem(command, given, table);
  const [first] = isObject(given) ? Object.values(given) : [];
  if (problem === undefined || !isObject(first)) return problem;
  const asOptions = namesIn(first, table);
  if (asOptions !== undefined)
    return `${command} takes its arguments in order, not as one object. Did you mean ${command}(${asOptions.join(", ")})?`;
  const only = onlyMember(first, table);
  return only === undefined ? problem : `${problem}. Did you mean ${command}(${shown(only)})?`;
}

/** Who gives everything as one object has the arguments' names in it. */
function namesIn(first: object, table: AnyOptionTable): readonly string[] | undefined {
  const names = Object.keys(first);
  const areArguments = names.length > 0 && names.every((name) => Object.hasOwn(table, name));
  return areArguments ? Object.keys(table).filter((name) => names.includes(name)) : undefined;
}

/** A text that the caller put into an object, as an option of some name. */
function onlyMember(first: object, table: AnyOptionTable): string | undefined {
  const [member, ...others]: readonly unknown[] = Object.values(first);
  const [[name, kind] = []] = Object.entries(table);
  const fits =
    name !== undefined &&
    kind?.problem(name, first) !== undefined &&
    kind?.problem(name, member) === undefined;
  return others.length === 0 && typeof member === "string" && fits ? member : undefined;
}
