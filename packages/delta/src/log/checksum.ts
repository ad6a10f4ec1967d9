import type { ObjectStore } from "../store/object-store.ts";
import { textOf } from "./commit-file.ts";
import { asRecord, wholeNumber } from "./json-values.ts";
import { checksumPath } from "./log-files.ts";
import type { TableState } from "./table-state.ts";

/** What a version's checksum file says of the table; only what this engine uses. */
export interface VersionChecksum {
  readonly fileCount: number;
  /** Bytes of all data files. */
  readonly sizeInBytes: number;
  /** Milliseconds since the epoch. */
  readonly inCommitTimestampMs: number | undefined;
}

/**
 * Reads a version's checksum file; `undefined` when it is absent or cannot be understood. Other writers leave them, and
 * a reader must do without: nothing may fail for the sake of one.
 *
 * Source: PROTOCOL.md, "Version Checksum File".
 */
export async function readChecksum(
  store: ObjectStore,
  version: number,
): Promise<VersionChecksum | undefined> {
  try {
    const json = asRecord(JSON.parse(textOf(await store.read(checksumPath(version)))));
    const fileCount = wholeNumber(json["numFiles"]);
    const sizeInBytes = wholeNumber(json["tableSizeBytes"]);
    if (fileCount === undefined || sizeInBytes === undefined) return undefined;
    return { fileCount, sizeInBytes, inCommitTimestampMs: wholeNumber(json["inCommitTimestampOpt"]) };
  } catch {
    return undefined;
  }
}

/** Whether a state is the one that a checksum was taken of, as far as it tells. */
export function matchesChecksum(state: TableState, checksum: VersionChecksum): boolean {
  if (state.files.size !== checksum.fileCount) return false;
  let bytes = 0;
  for (const file of state.files.values()) bytes += file.size;
  return bytes === checksum.sizeInBytes;
}
