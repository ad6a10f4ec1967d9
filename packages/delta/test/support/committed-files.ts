import { posix } from "node:path";

import { locateDeletionVector } from "../../src/deletion-vectors/descriptor.ts";
import type { ObjectStore } from "../../src/index.ts";
import { listLog, logFolder } from "../../src/log/log-files.ts";
import type { AddFile, RemoveFile } from "../../src/protocol/actions.ts";
import { storePath } from "../../src/protocol/paths.ts";
import { commitOf, objectsOf } from "./commits.ts";

/** Every file that the commits of a log ever named, by its path in the store: of data, of changes, of vectors. */
async function committedFiles(store: ObjectStore): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  for (const version of (await listLog(store)).commits) {
    const { adds, removes, changeFiles } = await commitOf(store, version);
    for (const file of [...adds, ...removes, ...changeFiles]) named.add(storePath(file.path, store.uri));
    for (const file of [...adds, ...removes]) {
      const vector = vectorPath(file);
      if (vector !== undefined) named.add(vector);
    }
  }
  return named;
}

/** Files beside the log that no commit ever named. */
export async function orphansOf(store: ObjectStore): Promise<string[]> {
  const named = await committedFiles(store);
  return (await objectsOf(store)).filter((path) => !path.startsWith(`${logFolder}/`) && !named.has(path));
}

/** Files that a commit named and that are gone. */
export async function missingFiles(store: ObjectStore): Promise<string[]> {
  const there = new Set(await objectsOf(store));
  return [...(await committedFiles(store))].filter((path) => !there.has(path));
}

function vectorPath({ path, deletionVector }: AddFile | RemoveFile): string | undefined {
  if (deletionVector === undefined) return undefined;
  const location = locateDeletionVector(deletionVector, path);
  return location.kind === "relative" ? posix.normalize(location.path) : undefined;
}
