import { optionsProblem } from "../contract/option-table.ts";
import type { AnyOptionTable } from "../contract/option-table.ts";
import { StorageError } from "./storage-error.ts";

/** @throws StorageError `INVALID_ARGUMENT` */
export function assertOptions(command: string, options: unknown, table: AnyOptionTable): void {
  const problem = optionsProblem(command, options, table);
  if (problem !== undefined) throw new StorageError("INVALID_ARGUMENT", problem);
}
