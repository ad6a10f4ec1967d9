import { createHash, randomUUID } from "node:crypto";
import { lstat, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { messageOf } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { makeFolder } from "./file-system.ts";
import { StoreError } from "./object-store.ts";

export interface DataFileCacheOptions {
  /** By default a folder of the user's own, below the system's temporary folder. */
  readonly folder?: string | undefined;
  /** 10 GiB by default. */
  readonly sizeBytes?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/** The object that a cached file is a copy of. */
export interface CachedObject {
  /** Differs for each content that the object has had. */
  readonly identity: string;
  /** Bytes. */
  readonly size: number;
}

const defaultSizeBytes = 10 * 1024 ** 3;
/** A file is kept this long after its last use, because a query may still read it. */
const keepMs = 3_600_000;
/** A use updates a file's time of last use only when that is older than this. */
const touchMs = 60_000;
const statConcurrency = 16;
const partialSuffix = ".partial";
const ourNames = /^[0-9a-f]{64}$|^[0-9a-f-]{36}\.partial$/;

/**
 * Copies of objects in a folder on the local disk, which any number of processes may share.
 *
 * - A file's modification time is the time of its last use, for all processes. When the copies exceed the limit, the
 *   cache removes the least recently used ones.
 * - A path stays valid for an hour after `get`, whatever the limit: the cache does not learn when a query ends. So the
 *   folder may exceed the limit by what an hour's queries read, and by a twentieth, which comes in between two counts.
 * - A copy gets its name when it is complete and synced, and is used only when it has the right size. A partial file that
 *   a crash or a power cut leaves is never used, and is removed when it is an hour old.
 */
export class DataFileCache {
  readonly folder: string;
  readonly #isDefaultFolder: boolean;
  readonly #limitBytes: number;
  readonly #now: () => number;
  readonly #transfers = new Map<string, Promise<string>>();
  /** Bytes that may come in before the folder is counted again. */
  #allowance = 0;
  #counting: Promise<void> | undefined;

  constructor(options: DataFileCacheOptions = {}) {
    this.#isDefaultFolder = options.folder === undefined;
    this.folder = resolve(
      options.folder ?? join(tmpdir(), `delta-data-files-${process.getuid?.() ?? "own"}`),
    );
    this.#limitBytes = options.sizeBytes ?? defaultSizeBytes;
    this.#now = options.now ?? Date.now;
  }

  /**
   * The path of an object's copy. All who ask while it is being downloaded share the transfer, and its failure.
   *
   * @param download writes the object to the given path.
   * @throws StoreError `IO_FAILED` when the folder cannot be used or the download has another size; what `download` throws.
   */
  async get(object: CachedObject, download: (target: string) => Promise<void>): Promise<string> {
    const path = this.#pathOf(object);
    const running = this.#transfers.get(path);
    if (running !== undefined) return running;
    const transfer = this.#find(path, object.size, download).finally(() => this.#transfers.delete(path));
    this.#transfers.set(path, transfer);
    return transfer;
  }

  async #find(path: string, size: number, download: (target: string) => Promise<void>): Promise<string> {
    await this.#makeFolder();
    return (await this.#use(path, size)) ? path : this.#bring(path, size, download);
  }

  /** Moves a file, whose content was just written to an object, into the cache. When that fails, a read downloads the object. */
  async adopt(object: CachedObject, file: string): Promise<void> {
    try {
      await this.#makeFolder();
      await this.#place(file, this.#pathOf(object), object.size);
    } catch {
      // The next reader downloads it: the folder may be full, or on another disk than the file.
    }
  }

  #pathOf({ identity, size }: CachedObject): string {
    return join(this.folder, createHash("sha256").update(`${size} ${identity}`).digest("hex"));
  }

  /** Whether the copy is there; if so, it is kept for the next hour. */
  async #use(path: string, size: number): Promise<boolean> {
    try {
      const info = await stat(path);
      if (info.size !== size) return false;
      if (this.#now() - info.mtimeMs > touchMs) await this.#touch(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw this.#failure(error);
    }
  }

  async #bring(path: string, size: number, download: (target: string) => Promise<void>): Promise<string> {
    const partial = join(this.folder, `${randomUUID()}${partialSuffix}`);
    try {
      await download(partial);
      await this.#place(partial, path, size);
      return path;
    } catch (error) {
      await rm(partial, { force: true });
      throw error instanceof StoreError ? error : this.#failure(error);
    }
  }

  async #place(file: string, path: string, size: number): Promise<void> {
    const actual = await syncedSize(file);
    if (actual !== size) {
      throw new StoreError("IO_FAILED", `The download has ${actual} bytes, the object ${size}`);
    }
    await this.#touch(file);
    await rename(file, path);
    this.#allowance -= size;
    if (this.#allowance > 0) return;
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    await this.#counting;
  }

  async #count(): Promise<void> {
    const before = this.#allowance;
    const total = await this.#removeUnused();
    const meanwhile = before - this.#allowance;
    this.#allowance = Math.max(this.#limitBytes - total, this.#limitBytes / 20, 1) - meanwhile;
  }

  /** Removes what is too much and what crashes have left; gives the bytes that stay. */
  async #removeUnused(): Promise<number> {
    // The folder may hold other things.
    const names = (await readdir(this.folder)).filter((name) => ourNames.test(name));
    const found = await mapConcurrently(names, statConcurrency, (name) => this.#lookAt(name));
    const files = found.filter((file) => file !== undefined).toSorted((a, b) => a.usedAtMs - b.usedAtMs);
    let total = files.reduce((sum, file) => sum + file.size, 0);
    for (const file of files) {
      const isLeftover = file.name.endsWith(partialSuffix);
      if (!this.#isUnused(file) || (!isLeftover && total <= this.#limitBytes)) continue;
      if (await this.#remove(file.name)) total -= file.size;
    }
    return total;
  }

  #isUnused(file: CachedFile): boolean {
    return this.#now() - file.usedAtMs >= keepMs + touchMs;
  }

  async #remove(name: string): Promise<boolean> {
    // Another process may have begun to use it since it was looked at.
    const current = await this.#lookAt(name);
    if (current === undefined || !this.#isUnused(current)) return false;
    try {
      await rm(join(this.folder, name), { force: true });
      return true;
    } catch {
      // Windows refuses while it is being read.
      return false;
    }
  }

  async #lookAt(name: string): Promise<CachedFile | undefined> {
    try {
      const info = await lstat(join(this.folder, name));
      return info.isFile() ? { name, size: info.size, usedAtMs: info.mtimeMs } : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#failure(error);
    }
  }

  async #touch(path: string): Promise<void> {
    const seconds = this.#now() / 1000;
    await utimes(path, seconds, seconds);
  }

  async #makeFolder(): Promise<void> {
    try {
      await makeFolder(this.folder, 0o700);
      if (this.#isDefaultFolder) await this.#assertOwn();
    } catch (error) {
      throw error instanceof StoreError ? error : this.#failure(error);
    }
  }

  /** In a temporary folder that users share, another one could have made ours, and put false data into it. */
  async #assertOwn(): Promise<void> {
    if (process.getuid === undefined) return;
    const info = await lstat(this.folder);
    if (info.isDirectory() && info.uid === process.getuid() && (info.mode & 0o022) === 0) return;
    throw new StoreError(
      "IO_FAILED",
      `The folder ${this.folder} for copies of data files is not this user's alone; remove it, or choose another cacheFolder`,
    );
  }

  #failure(error: unknown): StoreError {
    return new StoreError(
      "IO_FAILED",
      `Cannot keep copies of data files in ${this.folder}: ${messageOf(error)}; choose another cacheFolder`,
      { cause: error },
    );
  }
}

interface CachedFile {
  readonly name: string;
  readonly size: number;
  readonly usedAtMs: number;
}

async function syncedSize(path: string): Promise<number> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
