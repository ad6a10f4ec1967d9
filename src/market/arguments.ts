import { argumentsProblem, refusing } from "finance-feedback-delta/contract";
import type { Check } from "finance-feedback-delta/contract";

import { MarketError } from "./errors.ts";

const refused = (problem: string): MarketError => new MarketError("INVALID_ARGUMENT", problem);

/** @throws MarketError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);
