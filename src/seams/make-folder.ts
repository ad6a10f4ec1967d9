import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder with its parents. Node's own recursive `mkdir` never comes back where a folder is there and none can be
 * made in it without that being an error of rights, as in `/proc`.
 */
export function makeFolderSync(path: string): void {
  if (isFolder(path)) return;
  if (dirname(path) !== path) makeFolderSync(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may just have made it.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
