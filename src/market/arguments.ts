import { argumentsProblem, optionsProblem, refusing } from "finance-feedback-delta/contract";
import type { Check } from "finance-feedback-delta/contract";

import { MarketError } from "./errors.ts";

const refused = (problem: string): MarketError => new MarketError("INVALID_ARGUMENT", problem);

/** @throws MarketError `INVALID_ARGUMENT`: see `optionsProblem` */
export const assertOptions: Check = refusing(optionsProblem, refused);

/** @throws MarketError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);
