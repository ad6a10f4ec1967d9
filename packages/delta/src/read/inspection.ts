import type { Engine } from "../engine/engine.ts";
import { DeltaError, messageOf } from "../errors.ts";
import { commitPath, listLog } from "../log/log-files.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { assertWritable } from "../protocol/features.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { fileFaults } from "./file-faults.ts";
import type { FileFault } from "./file-faults.ts";
import { surveyLog } from "./log-survey.ts";
import type { LogFault } from "./log-survey.ts";

/** What was found of a table without reading its data; see `DeltaTable.inspect`. */
export interface TableInspection {
  /** The newest version that the log names. */
  readonly newestVersion: number;
  /** The newest version that can be read; `undefined` where none can. */
  readonly snapshot: Snapshot | undefined;
  /** Why the newest version cannot be read; `undefined` where it can. */
  readonly unreadable: string | undefined;
  /** What the table needs of a writer and this engine lacks; `undefined` where it can write. */
  readonly unwritable: string | undefined;
  /** When the newest commit was written by the clock of its store; `undefined` where that commit is gone. */
  readonly committedAtMs: number | undefined;
  readonly faults: readonly (LogFault | FileFault)[];
}

/** @throws DeltaError `TABLE_NOT_FOUND`, `UNSUPPORTED_FEATURE`; StoreError */
export async function inspectTable(store: ObjectStore, engine: Engine): Promise<TableInspection> {
  const listing = await listLog(store);
  const { newestVersion, snapshot, failure, faults } = await surveyLog(store, engine, listing);
  const isReadable = failure === undefined && snapshot !== undefined;
  return {
    newestVersion,
    snapshot,
    unreadable: isReadable ? undefined : messageOf(failure),
    unwritable: snapshot === undefined ? undefined : whyUnwritable(snapshot),
    committedAtMs: (await store.describe(commitPath(newestVersion)).catch(() => undefined))?.modifiedAtMs,
    // Of a version that is not the newest, files may be gone for good reason.
    faults: isReadable ? [...faults, ...(await fileFaults(store, snapshot))] : faults,
  };
}

function whyUnwritable({ protocol, metadata, tableUri }: Snapshot): string | undefined {
  try {
    assertWritable(protocol, metadata, tableUri);
    return undefined;
  } catch (error) {
    if (error instanceof DeltaError && error.code === "UNSUPPORTED_FEATURE") return error.message;
    throw error;
  }
}
