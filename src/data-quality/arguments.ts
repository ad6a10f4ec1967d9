import { argumentsProblem, optionsProblem, refusing } from "finance-feedback-delta/contract";
import type { Check } from "finance-feedback-delta/contract";

import { QualityError } from "./quality-error.ts";

const refused = (problem: string): QualityError => new QualityError("INVALID_ARGUMENT", problem);

/** @throws QualityError `INVALID_ARGUMENT`: see `optionsProblem` */
export const assertOptions: Check = refusing(optionsProblem, refused);

/** @throws QualityError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);
