import { stat } from "node:fs/promises";
import { posix } from "node:path";

import { locateDeletionVector } from "../deletion-vectors/descriptor.ts";
import { readDeletionVector } from "../deletion-vectors/deletion-vector-file.ts";
import type { RowIndexSet } from "../deletion-vectors/roaring-bitmap.ts";
import { readRowIndexes } from "../deletion-vectors/roaring-format.ts";
import type { Relation, RelationFile } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { AddFile, DeletionVectorDescriptor } from "../protocol/actions.ts";
import { mappingModeOf } from "../protocol/column-mapping.ts";
import { storePath } from "../protocol/paths.ts";
import { recordCount } from "../statistics/stored-statistics.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { withVersionInErrors } from "./errors-with-version.ts";

/** Files fetched at once from a store that is not the local disk. */
const fetchConcurrency = 16;

/** Files of a snapshot as a relation for the engine: on the local disk, with the rows that are deleted from them. */
export async function relationOf(
  store: ObjectStore,
  snapshot: Snapshot,
  files: readonly AddFile[],
): Promise<Relation> {
  return {
    schema: snapshot.schema,
    partitionColumns: snapshot.partitionColumns,
    columnMapping: mappingModeOf(snapshot.metadata),
    files: await withVersionInErrors(snapshot.version, async () => relationFiles(store, files)),
  };
}

/** A data file, as the log names it. */
export interface LoggedFile extends Pick<AddFile, "path" | "partitionValues" | "stats" | "deletionVector"> {
  /** Bytes; 0 or `undefined` where the log does not know them. */
  readonly size: number | undefined;
}

/**
 * What the engine needs to read data files.
 *
 * @throws DeltaError `DATA_FILE_UNREADABLE` for one that is lost, or is not the file that the log means.
 */
export async function relationFiles(
  store: ObjectStore,
  files: readonly LoggedFile[],
): Promise<RelationFile[]> {
  const vectors = new DeletionVectors(store);
  return mapConcurrently(files, fetchConcurrency, async (file) => {
    const localPath = await localFile(store, file);
    const { partitionValues, deletionVector } = file;
    if (deletionVector === undefined) return { localPath, partitionValues };
    return { localPath, partitionValues, deletedRows: await vectors.rows(deletionVector, file) };
  });
}

/** Where the engine can read a data file. Another file in its place as a rule has another size, and other rows. */
async function localFile(store: ObjectStore, file: LoggedFile): Promise<string> {
  const path = storePath(file.path, store.uri);
  const size = file.size === undefined || file.size <= 0 ? undefined : file.size;
  try {
    const localPath = await store.localPath(path, size === undefined ? {} : { size });
    // One that is missing here is for the engine to tell of.
    assertSize(store, file, (await stat(localPath).catch(() => undefined))?.size);
    return localPath;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // A store that downloads refuses an object of another size itself.
    if (error.code === "IO_FAILED")
      assertSize(store, file, (await store.describe(path).catch(() => undefined))?.size);
    return lost(
      "A data file that the table names is lost (repair takes lost ones out of the table, restore goes back to a version)",
    )(error);
  }
}

function assertSize({ uri }: ObjectStore, { path, size }: LoggedFile, found: number | undefined): void {
  if (size === undefined || size <= 0 || found === undefined || found === size) return;
  throw new DeltaError(
    "DATA_FILE_UNREADABLE",
    `The data file ${path} of ${uri} has ${found} bytes, and the log says ${size}: it is damaged, or another file took its place. Nothing of it was read; restore goes back to a version without it.`,
  );
}

/** The folder of a data file in the store; `undefined` for the root. */
export function folderOf(file: Pick<AddFile, "path">, tableUri: string): string | undefined {
  const folder = posix.dirname(storePath(file.path, tableUri));
  return folder === "." ? undefined : folder;
}

/** The name in the store of the file that holds a deletion vector; `undefined` for one that lies in the log itself. */
export function vectorFileOf(
  descriptor: DeletionVectorDescriptor,
  dataPath: string,
  tableUri: string,
): string | undefined {
  const location = locateDeletionVector(descriptor, describeVector(dataPath, tableUri));
  return location.kind === "inline" ? undefined : vectorFileAt(location, tableUri);
}

type VectorLocation = ReturnType<typeof locateDeletionVector>;

function vectorFileAt(location: Exclude<VectorLocation, { kind: "inline" }>, tableUri: string): string {
  return location.kind === "relative" ? location.path : storePath(location.uri, tableUri);
}

function describeVector(dataPath: string, tableUri: string): string {
  return `the deletion vector of ${dataPath} in ${tableUri}`;
}

/** A handler that says what it means that a file is not there. */
function lost(meaning: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof StoreError) || error.code !== "NOT_FOUND") throw error;
    throw new DeltaError("DATA_FILE_UNREADABLE", `${meaning}: ${error.message}`, { cause: error });
  };
}

/** A few bytes of a vector can claim millions of rows: more than the file has are not looked at. */
function assertPlausible(
  { cardinality }: DeletionVectorDescriptor,
  rowCount: number | undefined,
  vector: string,
): void {
  if (rowCount === undefined || cardinality <= rowCount) return;
  throw new DeltaError(
    "CORRUPT_LOG",
    `${vector} deletes ${cardinality} rows, and the data file has only ${rowCount}. ${ofBadVectors}`,
  );
}

/** Refuses rows that the data file does not have. The data file itself may be whole. */
function assertWithin(rows: RowIndexSet, rowCount: number | undefined, vector: string): void {
  const { last } = rows;
  if (rowCount === undefined || last === undefined || last < rowCount) return;
  throw new DeltaError(
    "CORRUPT_LOG",
    `${vector} deletes row ${last}, and the data file has ${rowCount} rows, counted from 0. ${ofBadVectors}`,
  );
}

const ofBadVectors =
  "The vector is not of this file, or is damaged; nothing was read. restore goes back to a version without it.";

/** Reads deletion vectors; one file may hold those of many data files and is read once. */
export class DeletionVectors {
  readonly #store: ObjectStore;
  readonly #files = new Map<string, Promise<Uint8Array>>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * @param file the data file that the vector belongs to.
   * @throws DeltaError `CORRUPT_LOG`, also for rows that the file does not have; `UNSAFE_PATH`; `DATA_FILE_UNREADABLE`
   *   when the vector's file is lost; StoreError
   */
  async rows(
    descriptor: DeletionVectorDescriptor,
    file: Pick<LoggedFile, "path" | "stats">,
  ): Promise<RowIndexSet> {
    const source = describeVector(file.path, this.#store.uri);
    const location = locateDeletionVector(descriptor, source);
    const vectorFile = location.kind === "inline" ? "in the log" : vectorFileAt(location, this.#store.uri);
    const place = `${source} (${vectorFile})`;
    const rowCount = recordCount(file.stats);
    assertPlausible(descriptor, rowCount, place);
    const rows = await this.#read(descriptor, location, source);
    assertWithin(rows, rowCount, place);
    return rows;
  }

  async #read(
    descriptor: DeletionVectorDescriptor,
    location: VectorLocation,
    source: string,
  ): Promise<RowIndexSet> {
    if (location.kind === "inline") return readRowIndexes(location.bytes, descriptor.cardinality, source);
    const path = vectorFileAt(location, this.#store.uri);
    const file = this.#files.get(path) ?? this.#store.read(path);
    this.#files.set(path, file);
    const bytes = await file.catch(
      lost(
        `${source} is lost, and with it which rows are deleted (restore goes back to a version without it, repair with removeFilesOfLostVectors takes the data file out of the table)`,
      ),
    );
    return readDeletionVector(bytes, descriptor, descriptor.cardinality, `${source} (${path})`);
  }
}
