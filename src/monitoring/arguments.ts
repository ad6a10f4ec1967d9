import { argumentsProblem, optionsProblem, refusing } from "finance-feedback-delta/contract";
import type { Check } from "finance-feedback-delta/contract";

import { MetricsError } from "./metrics-error.ts";

const refused = (problem: string): MetricsError => new MetricsError("INVALID_ARGUMENT", problem);

/** @throws MetricsError `INVALID_ARGUMENT`: see `optionsProblem` */
export const assertOptions: Check = refusing(optionsProblem, refused);

/** @throws MetricsError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);
