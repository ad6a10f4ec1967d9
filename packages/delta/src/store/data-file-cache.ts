import { createHash, randomUUID } from "node:crypto";
import { lstat, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { messageOf } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { makeFolder } from "./file-system.ts";
import { StoreError } from "./object-store.ts";

export interface DataFileCacheOptions {
  /** One of its own for each user of the machine, below the system's temporary folder, when left out. */
  readonly folder?: string | undefined;
  /** 10 GiB when left out. */
  readonly sizeBytes?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/** What a cached file must be a copy of. */
export interface CachedObject {
  /** Another one for every content that the object has ever had. */
  readonly identity: string;
  /** Bytes. */
  readonly size: number;
}

const defaultSizeBytes = 10 * 1024 ** 3;
/** A file that was asked for is kept this long, because a query may still read it. */
const keepMs = 3_600_000;
/** How old a file's time of last use may grow before a use writes it anew. */
const touchMs = 60_000;
const statConcurrency = 16;
const partialSuffix = ".partial";
const ourNames = /^[0-9a-f]{64}$|^[0-9a-f-]{36}\.partial$/;

/**
 * Copies of objects in a folder on the local disk, which any number of processes may share.
 *
 * - The time of a file's last use is its modification time, so that it holds across processes; the longest unused files
 *   go first when the copies outgrow the limit.
 * - A path that was handed out is good for an hour, whatever the limit: the cache does not learn when a query has ended. The limit
 *   is therefore exceeded by what an hour's queries read, and by a twentieth, the bytes between two counts.
 * - A copy gets its name when it is complete and synced, and counts only with the size it should have: what a crash or
 *   a power cut leaves is never taken for a copy, and is removed once it is an hour old.
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

  /** Takes over a file whose content an object has just got. A cache that cannot take it goes without. */
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
