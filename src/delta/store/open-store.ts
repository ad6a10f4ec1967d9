import { fileURLToPath } from "node:url";

import { DeltaError } from "../errors.ts";
import { LocalStore } from "./local-store.ts";
import type { ObjectStore } from "./object-store.ts";

/**
 * The store of a location.
 *
 * @param location a folder, absolute or relative to the working directory, or a `file:` URI.
 * @throws DeltaError `UNSUPPORTED_FEATURE` for other schemes.
 */
export function openStore(location: string): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(location)?.[1]?.toLowerCase();
  // One letter before a colon is a drive of Windows.
  if (scheme === undefined) return new LocalStore(location);
  if (scheme === "file") return new LocalStore(fileURLToPath(location));
  throw new DeltaError(
    "UNSUPPORTED_FEATURE",
    `Tables at ${scheme}: are not supported yet; use a local folder (${location})`,
  );
}
