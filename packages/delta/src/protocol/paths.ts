import { fileURLToPath } from "node:url";

import { DeltaError } from "../errors.ts";

/**
 * Paths of data files: `add.path` is a URI reference, so it is decoded exactly once to get the name in the store.
 *
 * Source: PROTOCOL.md, "Add File and Remove File": paths are URIs as of RFC 2396, relative to the table's root or
 * absolute.
 *
 * @param rootUri the store's own URI: an absolute path that lies below it is taken, any other refused.
 * @throws DeltaError `UNSAFE_PATH`, `CORRUPT_LOG`
 */
export function storePath(path: string, rootUri: string): string {
  const absolute = isAbsolute(path) ? belowRoot(path, rootUri) : undefined;
  const name = absolute ?? decode(path);
  assertInsideRoot(name, rootUri);
  return name;
}

/**
 * One text for all spellings of a file's path: `file:///lake/t/a%20b`, `/lake/t/a b` and `a%20b` are the same file of the
 * table at `/lake/t`, and a remove may spell the path otherwise than the add that it takes back.
 *
 * @returns a text for comparisons alone. A path that is not a URI is returned as it is.
 */
export function canonicalPath(path: string, rootUri: string): string {
  if (!isAbsolute(path) && !path.includes("%")) return path;
  try {
    const place = isAbsolute(path) ? placeOf(path) : decode(path);
    const root = rootOf(rootUri);
    return isAbsolute(path) && place.startsWith(root) ? place.slice(root.length) : place;
  } catch {
    return path;
  }
}

/** The inverse of {@link storePath}: each segment percent-encoded, slashes kept. */
export function encodeDataPath(name: string): string {
  assertInsideRoot(name);
  return name
    .split("/")
    .map((segment) => encodeURIComponent(segment).replaceAll("%3D", "="))
    .join("/");
}

function isAbsolute(path: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(path) || path.startsWith("/");
}

function belowRoot(path: string, rootUri: string): string {
  const place = placeOf(path);
  const root = rootOf(rootUri);
  if (place.startsWith(root)) return place.slice(root.length);
  throw new DeltaError(
    "UNSAFE_PATH",
    `The table at ${rootUri} refers to the absolute path ${JSON.stringify(path)}, outside its root`,
  );
}

function placeOf(path: string): string {
  return /^file:/i.test(path) ? filePath(path) : decode(path);
}

/** The same text, with a slash at its end. */
function rootOf(rootUri: string): string {
  return rootUri.replace(/\/*$/, "/");
}

function filePath(uri: string): string {
  try {
    // Writers in Java put one slash where three belong. RFC 8089 takes "localhost" for this machine.
    return fileURLToPath(uri.replace(/^file:(?:\/\/localhost(?=\/))?\/+/i, "file:///"));
  } catch (error) {
    throw new DeltaError("CORRUPT_LOG", `The path ${JSON.stringify(uri)} is not a valid file URI`, {
      cause: error,
    });
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw new DeltaError("CORRUPT_LOG", `The path ${JSON.stringify(path)} is not a valid URI`, {
      cause: error,
    });
  }
}

function assertInsideRoot(name: string, rootUri?: string): void {
  const escapes = name.split(/[/\\]/).includes("..") || name.startsWith("/") || name.includes("\u0000");
  if (escapes || name === "") {
    throw new DeltaError(
      "UNSAFE_PATH",
      `The path ${JSON.stringify(name)} leaves the table's root${rootUri === undefined ? "" : `, ${rootUri}`}`,
    );
  }
}
