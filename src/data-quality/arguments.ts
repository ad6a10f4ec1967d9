import { argumentsProblem } from "../../packages/delta/src/contract/arguments-in-order.ts";
import { optionsProblem } from "../../packages/delta/src/contract/option-table.ts";
import { refusing } from "../../packages/delta/src/contract/refusing.ts";
import type { Check } from "../../packages/delta/src/contract/refusing.ts";
import { QualityError } from "./quality-error.ts";

const refused = (problem: string): QualityError => new QualityError("INVALID_ARGUMENT", problem);

/** @throws QualityError `INVALID_ARGUMENT`: see `optionsProblem` */
export const assertOptions: Check = refusing(optionsProblem, refused);

/** @throws QualityError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);
