import type { MemoryStore } from "../../src/index.ts";
import { commitPath } from "../../src/log/log-files.ts";
import type { Snapshot } from "../../src/log/snapshot.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { Action, AddFile, Metadata, Protocol, RemoveFile } from "../../src/protocol/actions.ts";
import { writeText } from "./tables.ts";

/** Logs made action by action: what the readers of logs are tested with, whatever the writers write. */

export const classicProtocol: Protocol = { minReaderVersion: 1, minWriterVersion: 2 };

/** A protocol that lists features for readers and writers, and others for writers alone. */
export function protocolWith(both: readonly string[], writers: readonly string[] = []): Protocol {
  return {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: both,
    writerFeatures: [...both, ...writers],
  };
}

export function metadataWith(configuration: Readonly<Record<string, string>> = {}): Metadata {
  const field = { name: "id", type: "long", nullable: true, metadata: {} };
  return {
    id: "11111111-2222-3333-4444-555555555555",
    name: undefined,
    description: undefined,
    format: { provider: "parquet", options: {} },
    schemaString: JSON.stringify({ type: "struct", fields: [field] }),
    partitionColumns: [],
    configuration,
    createdTime: 1,
  };
}

export function addOf(path: string, more: Partial<AddFile> = {}): AddFile {
  return {
    path,
    partitionValues: {},
    size: path.length,
    modificationTime: 1,
    dataChange: true,
    stats: undefined,
    ...more,
  };
}

export function removeOf(path: string, more: Partial<RemoveFile> = {}): RemoveFile {
  return { path, deletionTimestamp: 1_000_000, dataChange: true, ...more };
}

/** Writes commits from version 0 on. */
export async function writeLog(
  store: MemoryStore,
  commits: readonly (readonly Action[])[],
  first = 0,
): Promise<void> {
  for (const [index, actions] of commits.entries())
    await writeText(store, commitPath(first + index), serializeActions(actions));
}

/** A log of this many commits behind the first; each adds one file, each third removes the one before. */
export function simpleLog(
  commits: number,
  options: { readonly protocol?: Protocol; readonly configuration?: Readonly<Record<string, string>> } = {},
): Action[][] {
  const { protocol = classicProtocol, configuration } = options;
  const log: Action[][] = [[{ protocol }, { metaData: metadataWith(configuration) }]];
  for (let version = 1; version <= commits; version += 1) {
    const actions: Action[] = [
      { commitInfo: { timestamp: version, operation: "WRITE" } },
      { add: addOf(`f${version}.parquet`) },
      { txn: { appId: `app ${version % 2}`, version, lastUpdated: version } },
    ];
    if (version % 3 === 0) actions.push({ remove: removeOf(`f${version - 1}.parquet`) });
    log.push(actions);
  }
  return log;
}

/** All that a snapshot says, in an order of its own: equal for equal states however they came about. */
export function contentOf(snapshot: Snapshot): unknown {
  const { state } = snapshot;
  return {
    version: snapshot.version,
    protocol: snapshot.protocol,
    metadata: snapshot.metadata,
    files: sorted(state.files.values()).map((file) => ({ ...file, dataChange: false })),
    transactions: [...state.transactions.values()].toSorted((left, right) =>
      left.appId < right.appId ? -1 : 1,
    ),
    domains: [...state.domains.values()]
      .filter((domain) => !domain.removed)
      .toSorted((left, right) => (left.domain < right.domain ? -1 : 1)),
  };
}

/** The paths of a snapshot's files. */
export function pathsOf(snapshot: Snapshot): string[] {
  return [...snapshot.files].map((file) => file.path).toSorted();
}

function sorted(files: Iterable<AddFile>): AddFile[] {
  return [...files].toSorted((left, right) => (left.path < right.path ? -1 : 1));
}
