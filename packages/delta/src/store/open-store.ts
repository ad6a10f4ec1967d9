import { fileURLToPath } from "node:url";

import { nonEmptyText, optionsOf, required } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { assertArguments } from "../arguments.ts";
import { DeltaError, messageOf } from "../errors.ts";
import { LocalStore } from "./local-store.ts";
import type { ObjectStore } from "./object-store.ts";
import { S3Store, s3StoreOptions } from "./s3-store.ts";
import type { S3StoreOptions } from "./s3-store.ts";

export interface OpenStoreOptions {
  /** For locations in S3. */
  readonly s3?: S3StoreOptions | undefined;
}

const openStoreOptions: OptionTable<OpenStoreOptions> = { s3: optionsOf(s3StoreOptions) };
const openStoreArguments = { location: required(nonEmptyText), options: optionsOf(openStoreOptions) };

/**
 * The store of a location.
 *
 * @param location a folder, absolute or relative to the working directory, a `file:` URI, or `s3://bucket/prefix`.
 * @throws DeltaError `UNSUPPORTED_FEATURE` for other schemes, `INVALID_ARGUMENT`.
 */
export function openStore(location: string, options: OpenStoreOptions = {}): ObjectStore {
  assertArguments("openStore", { location, options }, openStoreArguments);
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(location)?.[1]?.toLowerCase();
  switch (scheme) {
    // A single letter before the colon is a drive on Windows.
    case undefined:
      return new LocalStore(location);
    case "file":
      return new LocalStore(pathOf(location));
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

/** @throws DeltaError `INVALID_ARGUMENT` */
function pathOf(fileUri: string): string {
  try {
    return fileURLToPath(fileUri);
  } catch (error) {
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `${JSON.stringify(fileUri)} is not a file: URI of this machine, such as file:///data/prices: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
