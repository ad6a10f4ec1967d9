import { argumentsProblem, refusing } from "finance-feedback-delta/contract";
import type { Check } from "finance-feedback-delta/contract";

import { DeadLetterQueueError } from "./dead-letter-queue-error.ts";

const refused = (problem: string): DeadLetterQueueError =>
  new DeadLetterQueueError("INVALID_ARGUMENT", problem);

/** @throws DeadLetterQueueError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);
