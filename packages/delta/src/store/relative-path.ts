import { assertPath } from "./arguments.ts";
import { StoreError } from "./object-store.ts";

/**
 * Checks a path below a root, for stores in which names are bare text. There `..` would not stay below the root, and
 * `a//b` would be another object than `a/b`.
 *
 * @throws StoreError `IO_FAILED`, `INVALID_ARGUMENT`
 */
export function relativePath(path: string, uri: string): string {
  assertPath(path);
  if (!isPlain(path)) {
    throw new StoreError(
      "IO_FAILED",
      `The path ${JSON.stringify(path)} leaves ${uri}, or has parts that are not names`,
    );
  }
  return path;
}

/** Whether every part of a path is a name. */
export function isPlain(path: string): boolean {
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** The beginning that all paths below a folder share. */
export function folderPrefix(folder: string, uri: string): string {
  return folder === "" ? "" : `${relativePath(folder, uri)}/`;
}
