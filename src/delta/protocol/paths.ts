import { DeltaError } from "../errors.ts";

/**
 * Paths of data files: `add.path` is a URI reference, so it is decoded exactly once to get the name in the store.
 *
 * Source: PROTOCOL.md, "Add File and Remove File": paths are URIs as of RFC 2396, relative to the table's root.
 */
export function decodeDataPath(path: string): string {
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(path) || path.startsWith("/")) {
    throw new DeltaError(
      "UNSAFE_PATH",
      `The table refers to the absolute path ${JSON.stringify(path)}, outside its root`,
    );
  }
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch (error) {
    throw new DeltaError("CORRUPT_LOG", `The path ${JSON.stringify(path)} is not a valid URI`, {
      cause: error,
    });
  }
  assertInsideRoot(decoded);
  return decoded;
}

/** The inverse: each segment percent-encoded, slashes kept. */
export function encodeDataPath(name: string): string {
  assertInsideRoot(name);
  return name
    .split("/")
    .map((segment) => encodeURIComponent(segment).replaceAll("%3D", "="))
    .join("/");
}

function assertInsideRoot(name: string): void {
  const escapes = name.split(/[/\\]/).includes("..") || name.startsWith("/") || name.includes("\u0000");
  if (escapes || name === "") {
    throw new DeltaError("UNSAFE_PATH", `The path ${JSON.stringify(name)} leaves the table's root`);
  }
}
