import { optionsProblem } from "../contract/option-table.ts";
import type { AnyOptionTable } from "../contract/option-table.ts";
import { IngestionError } from "./ingestion-error.ts";

/** @throws IngestionError `INVALID_ARGUMENT` */
export function assertOptions(command: string, options: unknown, table: AnyOptionTable): void {
  const problem = optionsProblem(command, options, table);
  if (problem !== undefined) throw new IngestionError("INVALID_ARGUMENT", problem);
}
