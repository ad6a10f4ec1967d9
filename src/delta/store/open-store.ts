import { fileURLToPath } from "node:url";

import { DeltaError } from "../errors.ts";
import { LocalStore } from "./local-store.ts";
import type { ObjectStore } from "./object-store.ts";
import { S3Store } from "./s3-store.ts";
import type { S3StoreOptions } from "./s3-store.ts";

export interface OpenStoreOptions {
  /** For locations in S3. */
  readonly s3?: S3StoreOptions | undefined;
}

/**
 * The store of a location.
 *
 * @param location a folder, absolute or relative to the working directory, a `file:` URI, or `s3://bucket/prefix`.
 * @throws DeltaError `UNSUPPORTED_FEATURE` for other schemes, `INVALID_ARGUMENT`.
 */
export function openStore(location: string, options: OpenStoreOptions = {}): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(location)?.[1]?.toLowerCase();
  switch (scheme) {
    // One letter before a colon is a drive of Windows.
    case undefined:
      return new LocalStore(location);
    case "file":
      return new LocalStore(fileURLToPath(location));
    case "s3":
    case "s3a":
      return new S3Store(location, options.s3);
    default:
      throw new DeltaError(
        "UNSUPPORTED_FEATURE",
        `Tables at ${scheme}: are not supported; use a local folder or s3:// (${location})`,
      );
  }
}
