import type { AddFile } from "../protocol/actions.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { storePath } from "../protocol/paths.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { vectorFileOf } from "./data-files.ts";
import { withVersionInErrorsSync } from "./errors-with-version.ts";

const lookConcurrency = 32;

/** A fault of a file that a version names. */
export type FileFault =
  | { readonly kind: "missing_file"; readonly file: AddFile }
  /** Cut off, or another file took its place. */
  | { readonly kind: "resized_file"; readonly file: AddFile; readonly size: number }
  | { readonly kind: "missing_vector"; readonly file: AddFile; readonly vectorFile: string };

/**
 * Looks whether the store has what a version names, by one listing of the table's folder. No file is opened.
 *
 * @throws DeltaError `UNSAFE_PATH`, `CORRUPT_LOG` for what the log cannot say; StoreError.
 */
export async function fileFaults(store: ObjectStore, snapshot: Snapshot): Promise<readonly FileFault[]> {
  const files = new Map<string, AddFile>();
  const vectors = new Map<string, AddFile[]>();
  withVersionInErrorsSync(snapshot.version, () => {
    for (const file of snapshot.files) {
      files.set(storePath(file.path, store.uri), file);
      if (file.deletionVector === undefined) continue;
      const vectorFile = vectorFileOf(file.deletionVector, file.path, store.uri);
      if (vectorFile !== undefined) vectors.set(vectorFile, [...(vectors.get(vectorFile) ?? []), file]);
    }
  });
  const faults: FileFault[] = [];
  const look = (path: string, size: number): void => {
    const file = files.get(path);
    if (file !== undefined && file.size > 0 && file.size !== size)
      faults.push({ kind: "resized_file", file, size });
    files.delete(path);
    vectors.delete(path);
  };
  if (files.size > 0) for await (const { path, size } of store.listRecursively("")) look(path, size);
  // What lies behind a symbolic link is in no listing, and a file may have been made meanwhile.
  const unseen = new Set([...files.keys(), ...vectors.keys()]);
  await mapConcurrently([...unseen], lookConcurrency, async (path) => {
    const size = await sizeOf(store, path);
    if (size !== undefined) look(path, size);
  });
  const missing = new Set(files.values());
  for (const file of missing) faults.push({ kind: "missing_file", file });
  for (const [vectorFile, some] of vectors)
    for (const file of some)
      if (!missing.has(file)) faults.push({ kind: "missing_vector", file, vectorFile });
  return faults;
}

async function sizeOf(store: ObjectStore, path: string): Promise<number | undefined> {
  try {
    return (await store.describe(path)).size;
  } catch (error) {
    if (error instanceof StoreError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}
