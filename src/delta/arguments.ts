import { optionsProblem } from "../contract/option-table.ts";
import type { AnyOptionTable } from "../contract/option-table.ts";
import { DeltaError } from "./errors.ts";

/**
 * Refuses what a command cannot be called with: see `optionsProblem`.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function assertOptions(command: string, options: unknown, table: AnyOptionTable): void {
  const problem = optionsProblem(command, options, table);
  if (problem !== undefined) throw new DeltaError("INVALID_ARGUMENT", problem);
}

/**
 * Refuses a filter that was to be given and is not there, as a variable that was never set: without a filter the command
 * is for every row.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function assertFilterGiven<Name extends string>(
  command: string,
  options: { readonly [name in Name]?: string | undefined },
  name: Name,
): void {
  if (!(name in options) || options[name] !== undefined) return;
  throw new DeltaError(
    "INVALID_ARGUMENT",
    `${command} was given a ${name} that is undefined. Leave it out to mean every row.`,
  );
}
