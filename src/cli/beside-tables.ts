import { join } from "node:path";

/** Beside the tables, where `--storage` names a folder of this machine: dead letters and state are local files. */
export function besideTables(storage: string | undefined, folder: string, configured: string): string {
  return storage === undefined || isRemote(storage) ? configured : join(storage, folder);
}

/** Whether tables are not in a folder of this machine. */
export function isRemote(storage: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(storage);
}
