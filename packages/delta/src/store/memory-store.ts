import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { aFunction, nonEmptyText, optionsOf } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { assertArguments, assertData, assertListOptions, assertPaths } from "./arguments.ts";
import { namesInOrder } from "./byte-order.ts";
import { StoreError } from "./object-store.ts";
import type { ListOptions, ObjectEntry, ObjectInfo, ObjectStore, StagingArea } from "./object-store.ts";
import { folderPrefix, relativePath } from "./relative-path.ts";

export interface MemoryStoreOptions {
  /** Its name in messages. */
  readonly uri?: string | undefined;
  /** The clock that dates objects, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

const memoryStoreOptions: OptionTable<MemoryStoreOptions> = { uri: nonEmptyText, now: aFunction };

interface StoredObject {
  readonly data: Uint8Array;
  readonly modifiedAtMs: number;
}

/**
 * A table in memory, for tests and throw-away work. The engine reads real files, so an object is copied to a temporary
 * folder when the engine first asks for it; `close` removes that folder.
 */
export class MemoryStore implements ObjectStore {
  readonly uri: string;
  readonly #now: () => number;
  readonly #objects = new Map<string, StoredObject>();
  #cacheFolder: Promise<string> | undefined;
  #copies = new WeakMap<StoredObject, Promise<string>>();
  #copyCount = 0;

  /** @throws StoreError `INVALID_ARGUMENT` */
  constructor(options: MemoryStoreOptions = {}) {
    assertArguments("new MemoryStore", { options }, { options: optionsOf(memoryStoreOptions) });
    this.uri = options.uri ?? "memory:table";
    this.#now = options.now ?? Date.now;
  }

  async read(path: string): Promise<Uint8Array> {
    return this.#find(path).data;
  }

  async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    assertData("putIfAbsent", data);
    if (this.#objects.has(relativePath(path, this.uri)))
      throw new StoreError("ALREADY_EXISTS", `${path} of ${this.uri} exists`);
    this.#store(path, data);
  }

  async put(path: string, data: Uint8Array): Promise<void> {
    assertData("put", data);
    this.#store(path, data);
  }

  async listNames(folder: string, options: ListOptions = {}): Promise<readonly string[]> {
    assertListOptions(options);
    const prefix = folderPrefix(folder, this.uri);
    const below = [...this.#objects.keys()].filter((path) => path.startsWith(prefix));
    return namesInOrder(
      below.map((path) => path.slice(prefix.length).replace(/\/.*$/s, "")),
      options.startAfter,
    );
  }

  async *listRecursively(folder: string): AsyncGenerator<ObjectEntry> {
    const prefix = folderPrefix(folder, this.uri);
    for (const [path, { data, modifiedAtMs }] of this.#objects) {
      if (path.startsWith(prefix)) yield { path, size: data.byteLength, modifiedAtMs };
    }
  }

  async describe(path: string): Promise<ObjectInfo> {
    const object = this.#find(path);
    return { size: object.data.byteLength, modifiedAtMs: object.modifiedAtMs };
  }

  async delete(path: string): Promise<void> {
    this.#objects.delete(relativePath(path, this.uri));
  }

  async deleteMany(paths: readonly string[]): Promise<void> {
    assertPaths("deleteMany", paths);
    for (const path of paths) await this.delete(path);
  }

  async openStaging(): Promise<StagingArea> {
    const folder = await mkdtemp(join(tmpdir(), "delta-staging-"));
    return {
      folder,
      publish: async (paths) => {
        for (const path of paths) this.#store(path, await this.#readStaged(folder, path));
      },
      discard: async (paths) => {
        for (const path of paths) await rm(join(folder, path), { force: true });
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  }

  async localPath(path: string): Promise<string> {
    const object = this.#find(path);
    const known = this.#copies.get(object);
    if (known !== undefined) return known;
    const copy = this.#copyOf(object, path);
    this.#copies.set(object, copy);
    return copy;
  }

  async close(): Promise<void> {
    if (this.#cacheFolder !== undefined) await rm(await this.#cacheFolder, { recursive: true, force: true });
    this.#cacheFolder = undefined;
    this.#copies = new WeakMap();
  }

  /** Each copy has a path of its own: the engine may still read the copy of an earlier object of that name. */
  async #copyOf(object: StoredObject, path: string): Promise<string> {
    this.#cacheFolder ??= mkdtemp(join(tmpdir(), "delta-memory-"));
    this.#copyCount += 1;
    const target = join(await this.#cacheFolder, String(this.#copyCount), path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, object.data);
    return target;
  }

  async #readStaged(folder: string, path: string): Promise<Uint8Array> {
    try {
      return await readFile(join(folder, path));
    } catch (error) {
      throw new StoreError("NOT_FOUND", `${path} was not staged for ${this.uri}`, { cause: error });
    }
  }

  #find(path: string): StoredObject {
    const object = this.#objects.get(relativePath(path, this.uri));
    if (object === undefined) throw new StoreError("NOT_FOUND", `${path} of ${this.uri} does not exist`);
    return object;
  }

  #store(path: string, data: Uint8Array): void {
    this.#objects.set(relativePath(path, this.uri), {
      data: Uint8Array.from(data),
      modifiedAtMs: this.#now(),
    });
  }
}
