import {
  argumentsProblem,
  isObject,
  nonEmptyText,
  optionsProblem,
  refusing,
  required,
  secretly,
} from "finance-feedback-delta/contract";
import type { AnyOptionTable, Check, RequiredKind } from "finance-feedback-delta/contract";

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

/** The message does not show the value: it may be a key, given in place of the options. */
function providerProblem(command: string, options: unknown, table: AnyOptionTable): string | undefined {
  if (isObject(options)) return optionsProblem(command, options, table);
  const [first = ""] = Object.keys(table);
  return `${command} takes an object of ${Object.keys(table).join(", ")}, such as { ${first}: … }; what was given is not shown here`;
}

/** A key or a token. */
export const secretText: RequiredKind<string> = required(secretly(nonEmptyText));
