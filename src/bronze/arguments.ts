import { argumentsProblem, optionsProblem, refusing } from "finance-feedback-delta/contract";
import type { Check } from "finance-feedback-delta/contract";

import { IngestionError } from "./ingestion-error.ts";

const refused = (problem: string): IngestionError => new IngestionError("INVALID_ARGUMENT", problem);

/** @throws IngestionError `INVALID_ARGUMENT`: see `optionsProblem` */
export const assertOptions: Check = refusing(optionsProblem, refused);

/** @throws IngestionError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);
