import { dirname, join, relative, resolve, sep } from "node:path";

import { nonEmptyText, required } from "../contract/option-kinds.ts";
import { fileReason } from "../contract/system-error.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { assertArguments, assertData, assertListOptions, assertPath, assertPaths } from "./arguments.ts";
import { namesInOrder } from "./byte-order.ts";
import { fileSystemKind, nodeFileSystem } from "./file-system.ts";
import type { FileInfo, FileKind, FileSystem } from "./file-system.ts";
import { StoreError } from "./object-store.ts";
import type { ListOptions, ObjectEntry, ObjectInfo, ObjectStore, StagingArea } from "./object-store.ts";
import { temporaryName } from "./temporary-names.ts";

/** How many files are synced at once: enough for the queue of the disk, few enough for the limit of open files. */
const syncConcurrency = 16;
/** How many files are looked at or removed at once. */
const walkConcurrency = 64;
/** How many files of a folder are looked at before the first is returned. */
const walkBatch = 1000;

/**
 * A table in a local folder. Commits are created by linking a complete, synced temporary file to its final name, which
 * fails when the name exists; data files are written in place and synced, with the folders that name them, before a
 * commit can refer to them.
 */
export class LocalStore implements ObjectStore {
  readonly uri: string;
  readonly #root: string;
  readonly #fileSystem: FileSystem;
  readonly #durableFolders = new Set<string>();

  /** @throws StoreError `INVALID_ARGUMENT` */
  constructor(root: string, fileSystem: FileSystem = nodeFileSystem) {
    assertArguments("new LocalStore", { root, fileSystem }, storeArguments);
    this.#root = resolve(root);
    this.uri = this.#root;
    this.#fileSystem = fileSystem;
  }

  async read(path: string): Promise<Uint8Array> {
    try {
      return await this.#fileSystem.readFile(this.#resolvePath(path));
    } catch (error) {
      throw asStoreError(error, `Cannot read ${path} of ${this.uri}`);
    }
  }

  async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    assertData("putIfAbsent", data);
    await this.#writeThrough(path, data, (from, to) => this.#linkDurably(from, to));
  }

  async put(path: string, data: Uint8Array): Promise<void> {
    assertData("put", data);
    await this.#writeThrough(path, data, (from, to) => this.#fileSystem.rename(from, to));
  }

  async listNames(folder: string, options: ListOptions = {}): Promise<readonly string[]> {
    assertListOptions(options);
    try {
      return namesInOrder(await this.#fileSystem.listFolder(this.#resolvePath(folder)), options.startAfter);
    } catch (error) {
      // A path below a file does not exist either.
      if (hasErrno(error, "ENOENT") || hasErrno(error, "ENOTDIR")) return [];
      throw asStoreError(error, `Cannot list ${folder} of ${this.uri}`);
    }
  }

  async describe(path: string): Promise<ObjectInfo> {
    try {
      return await this.#fileSystem.stat(this.#resolvePath(path));
    } catch (error) {
      throw asStoreError(error, `Cannot look at ${path} of ${this.uri}`);
    }
  }

  async delete(path: string): Promise<void> {
    try {
      await this.#fileSystem.remove(this.#resolvePath(path));
    } catch (error) {
      throw asStoreError(error, `Cannot delete ${path} of ${this.uri}`);
    }
  }

  async deleteMany(paths: readonly string[]): Promise<void> {
    assertPaths("deleteMany", paths);
    await mapConcurrently(paths, walkConcurrency, (path) => this.delete(path));
  }

  async *listRecursively(folder: string): AsyncGenerator<ObjectEntry> {
    const top = relative(this.#root, this.#resolvePath(folder));
    if (!(await this.#isReachedWithoutLinks(top))) return;
    const pending = [top];
    for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
      const names = await this.#namesOf(current);
      for (let start = 0; start < names.length; start += walkBatch) {
        const batch = names.slice(start, start + walkBatch).map((name) => join(current, name));
        const found = await mapConcurrently(batch, walkConcurrency, (path) => this.#lookAt(path));
        for (const [index, path] of batch.entries()) {
          const info = found[index];
          if (info?.kind === "folder") pending.push(path);
          if (info?.kind === "file") {
            const { size, modifiedAtMs } = info;
            yield { path: path.replaceAll(sep, "/"), size, modifiedAtMs };
          }
        }
      }
    }
  }

  async openStaging(): Promise<StagingArea> {
    try {
      await this.#ensureFolder(this.#root);
    } catch (error) {
      throw asStoreError(error, `Cannot create ${this.uri}`);
    }
    return {
      folder: this.#root,
      publish: (paths) => this.#syncInPlace(paths),
      discard: async (paths) => {
        for (const path of paths) await this.delete(path);
      },
      close: async () => {},
    };
  }

  async localPath(path: string): Promise<string> {
    return this.#resolvePath(path);
  }

  #resolvePath(path: string): string {
    assertPath(path);
    const full = resolve(this.#root, path);
    if (full !== this.#root && !full.startsWith(this.#root + sep)) {
      throw new StoreError("IO_FAILED", `The path ${JSON.stringify(path)} leaves ${this.uri}`);
    }
    return full;
  }

  async #isReachedWithoutLinks(folder: string): Promise<boolean> {
    for (let path = folder; path !== "" && path !== "."; path = dirname(path)) {
      if ((await this.#lookAt(path))?.kind !== "folder") return false;
    }
    return true;
  }

  /** The names in a folder; none when it does not exist any more. */
  async #namesOf(folder: string): Promise<readonly string[]> {
    try {
      return await this.#fileSystem.listFolder(join(this.#root, folder));
    } catch (error) {
      if (hasErrno(error, "ENOENT") || hasErrno(error, "ENOTDIR")) return [];
      throw asStoreError(error, `Cannot list ${folder} of ${this.uri}`);
    }
  }

  /** `undefined` when it does not exist any more. */
  async #lookAt(path: string): Promise<(FileInfo & { readonly kind: FileKind }) | undefined> {
    try {
      return await this.#fileSystem.lstat(join(this.#root, path));
    } catch (error) {
      if (hasErrno(error, "ENOENT") || hasErrno(error, "ENOTDIR")) return undefined;
      throw asStoreError(error, `Cannot look at ${path} of ${this.uri}`);
    }
  }

  async #writeThrough(
    path: string,
    data: Uint8Array,
    place: (from: string, to: string) => Promise<void>,
  ): Promise<void> {
    const target = this.#resolvePath(path);
    const folder = dirname(target);
    const temporary = join(folder, temporaryName());
    let wroteNothing = true;
    try {
      await this.#ensureFolder(folder);
      await this.#fileSystem.writeFile(temporary, data);
      await this.#fileSystem.fsyncFile(temporary);
      wroteNothing = false;
      await place(temporary, target);
      await this.#fileSystem.fsyncFolder(folder);
    } catch (error) {
      throw asStoreError(error, `Cannot write ${path} of ${this.uri}`, wroteNothing);
    } finally {
      // After a link the temporary name still exists; after a rename or a failure it may not.
      await this.#fileSystem.remove(temporary).catch(() => {});
    }
  }

  /** Makes a name durable that exists already: its writer may have died before it synced, and readers rely on the name. */
  async #linkDurably(from: string, to: string): Promise<void> {
    try {
      await this.#fileSystem.link(from, to);
    } catch (error) {
      if (hasErrno(error, "EEXIST")) await this.#fileSystem.fsyncFolder(dirname(to));
      throw error;
    }
  }

  async #syncInPlace(paths: readonly string[]): Promise<void> {
    try {
      await mapConcurrently(paths, syncConcurrency, (path) =>
        this.#fileSystem.fsyncFile(this.#resolvePath(path)),
      );
      const folders = new Set<string>();
      for (const path of paths) {
        for (
          let folder = dirname(this.#resolvePath(path));
          folder.startsWith(this.#root);
          folder = dirname(folder)
        ) {
          folders.add(folder);
        }
      }
      await mapConcurrently([...folders], syncConcurrency, (folder) => this.#fileSystem.fsyncFolder(folder));
    } catch (error) {
      throw asStoreError(error, `Cannot make the data files of ${this.uri} durable`);
    }
  }

  /**
   * Creates a folder so that its name survives a power cut. An earlier process may have created it, or one above it, and died
   * before it synced the name. So the first use syncs all folders up to the root.
   */
  async #ensureFolder(path: string): Promise<void> {
    const created = await this.#makeFolder(path);
    if (created === undefined && this.#durableFolders.has(path)) return;
    for (let folder = path; folder !== dirname(folder);) {
      folder = dirname(folder);
      await this.#syncNames(folder);
    }
    this.#durableFolders.add(path);
  }

  async #makeFolder(path: string): Promise<string | undefined> {
    try {
      return await this.#fileSystem.makeFolder(path);
    } catch (error) {
      // It was created with its parents: it can only be missing where nothing can be created, as on a read-only disk.
      if (!hasErrno(error, "ENOENT")) throw error;
      throw new StoreError("IO_FAILED", `Cannot create the folder ${path}: its disk takes no new folders`, {
        cause: error,
        wroteNothing: true,
      });
    }
  }

  async #syncNames(folder: string): Promise<void> {
    try {
      await this.#fileSystem.fsyncFolder(folder);
    } catch (error) {
      // Folders further up may deny access or refuse a sync. We created no name in them.
      const isForeign = !folder.startsWith(dirname(this.#root));
      if (!isForeign || !unsyncable.some((code) => hasErrno(error, code))) throw error;
    }
  }
}

const storeArguments = { root: required(nonEmptyText), fileSystem: fileSystemKind };

const unsyncable = ["EACCES", "EPERM", "EROFS", "EINVAL"];

function hasErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function asStoreError(error: unknown, what: string, wroteNothing = false): StoreError {
  if (error instanceof StoreError) return error;
  if (hasErrno(error, "EEXIST"))
    return new StoreError("ALREADY_EXISTS", `${what}: it exists`, { cause: error });
  if (hasErrno(error, "ENOENT"))
    return new StoreError("NOT_FOUND", `${what}: it does not exist`, { cause: error });
  const kept = wroteNothing ? "; nothing was written" : "";
  return new StoreError("IO_FAILED", `${what}: ${fileReason(error)}${kept}`, {
    cause: error,
    wroteNothing,
  });
}
