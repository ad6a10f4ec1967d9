import { randomUUID } from "node:crypto";
import { dirname, join, resolve, sep } from "node:path";

import { mapConcurrently } from "../map-concurrently.ts";
import { nodeFileSystem } from "./file-system.ts";
import type { FileSystem } from "./file-system.ts";
import { StoreError } from "./object-store.ts";
import type { ObjectInfo, ObjectStore, StagingArea } from "./object-store.ts";

/** How many files are made durable at once: enough to let the disk's queue work, few enough for its handles. */
const syncConcurrency = 16;

/**
 * A table in a local folder. Commits are created by linking a complete, synced temporary file to its final name, which
 * fails when the name exists; data files are written in place and synced, with the folders that name them, before a
 * commit can refer to them.
 */
export class LocalStore implements ObjectStore {
  readonly uri: string;
  private readonly root: string;
  private readonly fileSystem: FileSystem;

  constructor(root: string, fileSystem: FileSystem = nodeFileSystem) {
    this.root = resolve(root);
    this.uri = this.root;
    this.fileSystem = fileSystem;
  }

  async read(path: string): Promise<Uint8Array> {
    try {
      return await this.fileSystem.readFile(this.resolvePath(path));
    } catch (error) {
      throw asStoreError(error, `Cannot read ${path} of ${this.uri}`);
    }
  }

  async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    await this.writeThrough(path, data, (from, to) => this.fileSystem.link(from, to));
  }

  async put(path: string, data: Uint8Array): Promise<void> {
    await this.writeThrough(path, data, (from, to) => this.fileSystem.rename(from, to));
  }

  async listNames(folder: string): Promise<readonly string[]> {
    try {
      return (await this.fileSystem.listFolder(this.resolvePath(folder))).toSorted();
    } catch (error) {
      if (hasErrno(error, "ENOENT")) return [];
      throw asStoreError(error, `Cannot list ${folder} of ${this.uri}`);
    }
  }

  async describe(path: string): Promise<ObjectInfo> {
    try {
      return await this.fileSystem.stat(this.resolvePath(path));
    } catch (error) {
      throw asStoreError(error, `Cannot look at ${path} of ${this.uri}`);
    }
  }

  async delete(path: string): Promise<void> {
    try {
      await this.fileSystem.remove(this.resolvePath(path));
    } catch (error) {
      throw asStoreError(error, `Cannot delete ${path} of ${this.uri}`);
    }
  }

  async openStaging(): Promise<StagingArea> {
    await this.ensureFolder(this.root);
    return {
      folder: this.root,
      publish: (paths) => this.syncInPlace(paths),
      discard: async (paths) => {
        for (const path of paths) await this.delete(path);
      },
      close: async () => {},
    };
  }

  async localPath(path: string): Promise<string> {
    return this.resolvePath(path);
  }

  private resolvePath(path: string): string {
    const full = resolve(this.root, path);
    if (full !== this.root && !full.startsWith(this.root + sep)) {
      throw new StoreError("IO_FAILED", `The path ${JSON.stringify(path)} leaves ${this.uri}`);
    }
    return full;
  }

  private async writeThrough(
    path: string,
    data: Uint8Array,
    place: (from: string, to: string) => Promise<void>,
  ): Promise<void> {
    const target = this.resolvePath(path);
    const folder = dirname(target);
    // A leading dot keeps the file out of every log listing, also when a crash leaves it behind.
    const temporary = join(folder, `.tmp-${randomUUID()}`);
    try {
      await this.ensureFolder(folder);
      await this.fileSystem.writeFile(temporary, data);
      await this.fileSystem.fsyncFile(temporary);
      await place(temporary, target);
      await this.fileSystem.fsyncFolder(folder);
    } catch (error) {
      throw asStoreError(error, `Cannot write ${path} of ${this.uri}`);
    } finally {
      // After a link the temporary name is still there; after a rename or a failure this may find nothing.
      await this.fileSystem.remove(temporary).catch(() => {});
    }
  }

  private async syncInPlace(paths: readonly string[]): Promise<void> {
    try {
      await mapConcurrently(paths, syncConcurrency, (path) =>
        this.fileSystem.fsyncFile(this.resolvePath(path)),
      );
      const folders = new Set<string>();
      for (const path of paths) {
        for (
          let folder = dirname(this.resolvePath(path));
          folder.startsWith(this.root);
          folder = dirname(folder)
        ) {
          folders.add(folder);
        }
      }
      await mapConcurrently([...folders], syncConcurrency, (folder) => this.fileSystem.fsyncFolder(folder));
    } catch (error) {
      throw asStoreError(error, `Cannot make the data files of ${this.uri} durable`);
    }
  }

  /** Creates a folder so that its name, and those of the parents created with it, survive a power cut. */
  private async ensureFolder(path: string): Promise<void> {
    const topmost = await this.fileSystem.makeFolder(path);
    if (topmost === undefined) return;
    for (let folder = dirname(path); folder.length >= dirname(topmost).length; folder = dirname(folder)) {
      await this.fileSystem.fsyncFolder(folder);
      if (folder === dirname(folder)) break;
    }
  }
}

function hasErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function asStoreError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  if (hasErrno(error, "EEXIST"))
    return new StoreError("ALREADY_EXISTS", `${what}: it exists`, { cause: error });
  if (hasErrno(error, "ENOENT") || hasErrno(error, "ENOTDIR")) {
    return new StoreError("NOT_FOUND", `${what}: it does not exist`, { cause: error });
  }
  return new StoreError("IO_FAILED", `${what}: ${detail}`, { cause: error });
}
