import { optionsProblem } from "../contract/option-table.ts";
import type { AnyOptionTable } from "../contract/option-table.ts";
import { QualityError } from "./quality-error.ts";

/** @throws QualityError `INVALID_ARGUMENT` */
export function assertOptions(command: string, options: unknown, table: AnyOptionTable): void {
  const problem = optionsProblem(command, options, table);
  if (problem !== undefined) throw new QualityError("INVALID_ARGUMENT", problem);
}
