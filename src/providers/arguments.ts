import { argumentsProblem } from "../../packages/delta/src/contract/arguments-in-order.ts";
import { nonEmptyText, required, secretly } from "../../packages/delta/src/contract/option-kinds.ts";
import { optionsProblem } from "../../packages/delta/src/contract/option-table.ts";
import type { AnyOptionTable, RequiredKind } from "../../packages/delta/src/contract/option-table.ts";
import { refusing } from "../../packages/delta/src/contract/refusing.ts";
import type { Check } from "../../packages/delta/src/contract/refusing.ts";
import { isObject } from "../../packages/delta/src/contract/shown.ts";
import { ProviderError } from "./provider-error.ts";

const refused = (problem: string): ProviderError =>
  new ProviderError({
    code: "INVALID_ARGUMENT",
    provider: undefined,
    message: problem,
    nextStep: "Nothing was sent. Give what the message names.",
    transient: false,
  });

/** @throws ProviderError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);

/** @throws ProviderError `INVALID_ARGUMENT`: see `optionsProblem` */
export const assertOptions: Check = refusing(providerProblem, refused);

/** A key that is given in place of the options must not be shown. */
function providerProblem(command: string, options: unknown, table: AnyOptionTable): string | undefined {
  if (isObject(options)) return optionsProblem(command, options, table);
  const [first = ""] = Object.keys(table);
  return `${command} takes an object of ${Object.keys(table).join(", ")}, such as { ${first}: … }; what was given is not shown here`;
}

/** A key or a token. */
export const secretText: RequiredKind<string> = required(secretly(nonEmptyText));
