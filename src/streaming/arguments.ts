import { optionsProblem, refusing } from "finance-feedback-delta/contract";
import type { Check } from "finance-feedback-delta/contract";

import { StreamingError } from "./streaming-error.ts";

const refused = (problem: string): StreamingError => new StreamingError("INVALID_ARGUMENT", problem);

/** @throws StreamingError `INVALID_ARGUMENT`: see `optionsProblem` */
export const assertOptions: Check = refusing(optionsProblem, refused);
