import { argumentsProblem } from "./contract/arguments-in-order.ts";
import { optionsProblem } from "./contract/option-table.ts";
import { refusing } from "./contract/refusing.ts";
import type { Check } from "./contract/refusing.ts";
import { DeltaError } from "./errors.ts";

const refused = (problem: string): DeltaError => new DeltaError("INVALID_ARGUMENT", problem);

/** @throws DeltaError `INVALID_ARGUMENT`: see `optionsProblem` */
export const assertOptions: Check = refusing(optionsProblem, refused);

/** @throws DeltaError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);

/**
 * Refuses a filter that is given as `undefined`, such as a variable that was never set. Without a filter the command
 * applies to every row.
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
