import { DeltaError } from "../errors.ts";
import type { Metadata, Protocol } from "../protocol/actions.ts";
import { hasFeature } from "../protocol/features.ts";
import { inCommitTimestamps, readProperty } from "../protocol/table-properties.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { readChecksum } from "./checksum.ts";
import { commitInfoOf, readCommit } from "./commit-file.ts";
import { wholeNumber } from "./json-values.ts";
import { commitPath } from "./log-files.ts";

/**
 * Since when a table's commits carry their own times: from a version on, whose time is known too.
 *
 * Source: PROTOCOL.md, "In-Commit Timestamps".
 */
export interface TimestampEnablement {
  readonly version: number;
  /** Milliseconds since the epoch; all later versions are later. */
  readonly timestampMs: number;
}

/** What is known of a version that was committed; `Snapshot` has it. */
export interface CommittedVersion {
  readonly version: number;
  /** Milliseconds since the epoch; `undefined` where the commit has no time of its own. */
  readonly inCommitTimestampMs: number | undefined;
}

/** `undefined` for a table whose commits have the times of their files. */
export function timestampEnablement(protocol: Protocol, metadata: Metadata): TimestampEnablement | undefined {
  if (!hasInCommitTimestamps(protocol, metadata)) return undefined;
  const { configuration } = metadata;
  const version = configuration["delta.inCommitTimestampEnablementVersion"];
  const timestamp = configuration["delta.inCommitTimestampEnablementTimestamp"];
  // Without the two, every commit has one.
  if (version === undefined && timestamp === undefined)
    return { version: 0, timestampMs: Number.NEGATIVE_INFINITY };
  const enablement = { version: Number(version), timestampMs: Number(timestamp) };
  if (wholeNumber(enablement.version) === undefined || wholeNumber(enablement.timestampMs) === undefined) {
    throw new DeltaError(
      "CORRUPT_LOG",
      `delta.inCommitTimestampEnablementVersion (${version}) and ` +
        `delta.inCommitTimestampEnablementTimestamp (${timestamp}) must both be whole numbers`,
    );
  }
  return enablement;
}

/** The property alone is not enough: it counts where the protocol has the feature. */
export function hasInCommitTimestamps(protocol: Protocol, metadata: Metadata): boolean {
  return hasFeature(protocol, "inCommitTimestamp") && readProperty(metadata, inCommitTimestamps);
}

/**
 * The time that a version carries: of its commit, or of its checksum file when the commit is gone. `undefined` when
 * neither tells.
 */
export async function readInCommitTimestamp(
  store: ObjectStore,
  version: number,
): Promise<number | undefined> {
  try {
    return wholeNumber(commitInfoOf(await readCommit(store, version))?.inCommitTimestamp);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === "NOT_FOUND")) throw error;
    return (await readChecksum(store, version))?.inCommitTimestampMs;
  }
}

/**
 * The time of the commit that follows a snapshot with in-commit timestamps: now, but later than the one before.
 *
 * @throws DeltaError `CORRUPT_LOG` when the snapshot's own time is not known.
 */
export function nextInCommitTimestamp(
  snapshot: CommittedVersion & { readonly tableUri: string },
  now: number,
): number {
  const previous = snapshot.inCommitTimestampMs;
  if (previous === undefined) {
    throw new DeltaError(
      "CORRUPT_LOG",
      `${snapshot.tableUri}: the commit of version ${snapshot.version} has no in-commit timestamp, though the table asks for one`,
    );
  }
  return Math.max(now, previous + 1);
}

/**
 * When a snapshot's version was committed, in milliseconds since the epoch: its in-commit timestamp, or the time of its
 * commit's file. The commit that turns in-commit timestamps on must be later than that.
 *
 * @throws StoreError `NOT_FOUND` when that commit is gone.
 */
export async function commitTimeMs(store: ObjectStore, snapshot: CommittedVersion): Promise<number> {
  const timestampMs = snapshot.inCommitTimestampMs;
  if (timestampMs !== undefined) return timestampMs;
  return Math.floor((await store.describe(commitPath(snapshot.version))).modifiedAtMs);
}
