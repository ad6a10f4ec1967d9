import { assertPath } from "./arguments.ts";
import { StoreError } from "./object-store.ts";

/**
 * A path below a root, for stores whose names are bare text: no system would keep `..` in them from leaving, and
 * `a//b` would be another object than `a/b`.
 *
 * @throws StoreError `IO_FAILED`, `INVALID_ARGUMENT`
 */
export function relativePath(path: string, uri: string): string {
  assertPath(path);
  if (!isPlain(path)) {
    throw new StoreError(
      "IO_FAILED",
      `The path ${JSON.stringify(path)} leaves ${uri}, or holds parts that are no names`,
    );
  }
  return path;
}

/** Whether every part of a path is a name. */
export function isPlain(path: string): boolean {
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** What the paths of everything below a folder begin with. */
export function folderPrefix(folder: string, uri: string): string {
  return folder === "" ? "" : `${relativePath(folder, uri)}/`;
}
