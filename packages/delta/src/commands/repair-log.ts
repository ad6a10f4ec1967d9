import { DeltaError } from "../errors.ts";
import { writeCheckpoint } from "../log/checkpoint.ts";
import { commitInfoOf, readCommit } from "../log/commit-file.ts";
import { nextInCommitTimestamp } from "../log/in-commit-timestamp.ts";
import { lastCheckpointPath, readLastCheckpoint } from "../log/last-checkpoint.ts";
import { commitPath, listLog, logFolder, parseLogName } from "../log/log-files.ts";
import { loadSnapshot } from "../log/snapshot.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { serializeActions } from "../protocol/actions.ts";
import type { CommitInfo } from "../protocol/actions.ts";
import { assertWritable } from "../protocol/features.ts";
import type { CommandContext } from "../read/command-context.ts";
import { surveyLog } from "../read/log-survey.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { engineInfo } from "../version.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";

/** Where a repair puts copies of log files. No reader looks there, and no vacuum or clean-up deletes them. */
const setAsideFolder = `${logFolder}/_set_aside`;
const operation = "REPAIR LOG";

export interface RepairLogResult extends CommandResult {
  /** The version whose state the table has now, or would have. */
  readonly readableVersion: number;
  /** The versions after it: what they did is taken back. */
  readonly lostVersions: readonly number[];
  /** The copies of what was in their place, as paths in the store; in a dry run the files that would be copied. */
  readonly setAside: readonly string[];
}

/**
 * Takes a table whose log is damaged back to the newest version that can be read; see `DeltaTable.repairLog`.
 *
 * The versions after it become commits that change nothing, so no version number is ever used twice. All of them go, those
 * behind the damaged one too: what they did rests on it, and the table would else have a state that never was. The first of
 * them is replaced last. Until then the table stays unreadable, so a repair that was killed can be run again.
 */
export async function repairLog(context: CommandContext, options: ChangeOptions): Promise<RepairLogResult> {
  const { store, engine, now } = context;
  const listing = await listLog(store);
  const { snapshot, failure, newestVersion } = await surveyLog(store, engine, listing);
  if (snapshot === undefined)
    throw new DeltaError(
      "CORRUPT_LOG",
      `${store.uri}: no version can be read any more, so there is nothing to go back to. Nothing was changed. Bring ${logFolder} back from a backup.`,
      { cause: failure },
    );
  const readableVersion = snapshot.version;
  const lostVersions = Array.from(
    { length: newestVersion - readableVersion },
    (_, index) => readableVersion + 1 + index,
  );
  const metrics = { numLostVersions: lostVersions.length };
  if (failure === undefined)
    return {
      version: readableVersion,
      isCommitted: false,
      metrics: { numLostVersions: 0 },
      readableVersion,
      lostVersions: [],
      setAside: [],
    };
  assertWritable(snapshot.protocol, snapshot.metadata, store.uri);
  const leaving = await filesAfter(store, readableVersion);
  const planned = { version: readableVersion, metrics, readableVersion, lostVersions };
  if (options.dryRun === true) return { ...planned, isCommitted: false, setAside: leaving };
  const setAside: string[] = [];
  for (const path of leaving) {
    const copy = (await isOfRepair(store, path)) ? undefined : await copied(store, path);
    if (copy !== undefined) setAside.push(copy);
  }
  await store.deleteMany(leaving.filter((path) => parseLogName(nameOf(path))?.kind !== "commit"));
  const replacements = replacementsFor(snapshot, lostVersions, { nowMs: now(), options });
  for (const { version, data } of replacements.toReversed()) await store.put(commitPath(version), data);
  const repaired = await loadSnapshot(store, engine, { version: newestVersion });
  const checkpointError = await writeCheckpoint(store, engine, repaired, now()).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  return {
    ...planned,
    version: newestVersion,
    isCommitted: true,
    setAside,
    ...(checkpointError === undefined ? {} : { checkpointError }),
  };
}

/** The files of the log that tell of versions after one. */
async function filesAfter(store: ObjectStore, version: number): Promise<readonly string[]> {
  const names = (await store.listNames(logFolder)).filter((name) => {
    const file = parseLogName(name);
    if (file === undefined) return false;
    return file.version > version || (file.kind === "compaction" && file.last > version);
  });
  const hint = await readLastCheckpoint(store);
  const paths = names.map((name) => `${logFolder}/${name}`);
  return hint !== undefined && hint.version > version ? [...paths, lastCheckpointPath] : paths;
}

/** Whether a repair that was killed has replaced this commit already. */
async function isOfRepair(store: ObjectStore, path: string): Promise<boolean> {
  const file = parseLogName(nameOf(path));
  if (file?.kind !== "commit") return false;
  try {
    return commitInfoOf(await readCommit(store, file.version))?.operation === operation;
  } catch (error) {
    if (error instanceof StoreError && error.code === "IO_FAILED") throw error;
    return false;
  }
}

/** Copies a file into the folder of what is set aside. A copy that is there already is never replaced. */
async function copied(store: ObjectStore, path: string): Promise<string | undefined> {
  let data: Uint8Array;
  try {
    data = await store.read(path);
  } catch (error) {
    if (error instanceof StoreError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
  for (let number = 1; ; number += 1) {
    const copy = `${setAsideFolder}/${nameOf(path)}${number === 1 ? "" : `.${number}`}`;
    try {
      await store.putIfAbsent(copy, data);
      return copy;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === "ALREADY_EXISTS")) throw error;
      if (Buffer.compare(await store.read(copy), data) === 0) return copy;
    }
  }
}

/** Commits that change nothing, in the order of their versions. */
function replacementsFor(
  snapshot: Snapshot,
  versions: readonly number[],
  { nowMs, options }: { readonly nowMs: number; readonly options: ChangeOptions },
): readonly { readonly version: number; readonly data: Uint8Array }[] {
  const { tableUri } = snapshot;
  let { inCommitTimestampMs } = snapshot;
  return versions.map((version) => {
    if (inCommitTimestampMs !== undefined)
      inCommitTimestampMs = nextInCommitTimestamp({ tableUri, version, inCommitTimestampMs }, nowMs);
    const commitInfo: CommitInfo = {
      ...(inCommitTimestampMs === undefined ? {} : { inCommitTimestamp: inCommitTimestampMs }),
      timestamp: nowMs,
      operation,
      operationParameters: { readableVersion: String(snapshot.version) },
      operationMetrics: {},
      readVersion: snapshot.version,
      isolationLevel: "Serializable",
      isBlindAppend: false,
      engineInfo,
      ...(options.userMetadata === undefined ? {} : { userMetadata: options.userMetadata }),
    };
    return { version, data: Buffer.from(serializeActions([{ commitInfo }]), "utf8") };
  });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
