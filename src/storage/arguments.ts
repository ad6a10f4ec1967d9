import { argumentsProblem, optionsProblem, refusing } from "finance-feedback-delta/contract";
import type { Check } from "finance-feedback-delta/contract";

import { StorageError } from "./storage-error.ts";

const refused = (problem: string): StorageError => new StorageError("INVALID_ARGUMENT", problem);

/** @throws StorageError `INVALID_ARGUMENT`: see `optionsProblem` */
export const assertOptions: Check = refusing(optionsProblem, refused);

/** @throws StorageError `INVALID_ARGUMENT`: see `argumentsProblem` */
export const assertArguments: Check = refusing(argumentsProblem, refused);
