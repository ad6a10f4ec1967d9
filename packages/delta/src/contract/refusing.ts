import type { AnyOptionTable } from "./option-table.ts";

/** Refuses what a command cannot be called with. */
export type Check = (command: string, given: unknown, table: AnyOptionTable) => void;

/**
 * The check of a layer, which throws the layer's own error.
 *
 * @param problemOf says what is wrong: `optionsProblem` of one object of options, `argumentsProblem` of arguments in order.
 */
export function refusing(
  problemOf: (command: string, given: unknown, table: AnyOptionTable) => string | undefined,
  errorOf: (problem: string) => Error,
): Check {
  return (command, given, table) => {
    const problem = problemOf(command, given, table);
    if (problem !== undefined) throw errorOf(problem);
  };
}
