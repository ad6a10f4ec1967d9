import { argumentsProblem, refusing } from "finance-feedback-delta/contract";
import type { Check } from "finance-feedback-delta/contract";

import { ConfigError } from "./config-error.ts";

const refused = (problem: string): ConfigError => new ConfigError("INVALID_ARGUMENT", problem);

/** @throws ConfigError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);
