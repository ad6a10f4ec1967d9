import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { nodeFileSystem } from "../store/file-system.ts";
import type { FileSystem } from "../store/file-system.ts";

/** At which operation something goes wrong. */
export interface Moment {
  /** Counted from 1. */
  readonly at: number;
  /** Only operations that change the disk, or make a change durable, count; all when left out. */
  readonly counting?: "changes";
}

/** The process dies before, or just after, the operation; nothing works from then on. */
export interface CrashFault extends Moment {
  readonly kind: "crash";
  readonly when: "before" | "after";
}

/** This one operation fails, as a full or a broken disk makes it. */
export interface ErrnoFault extends Moment {
  readonly kind: "errno";
  readonly code: "EIO" | "ENOSPC";
}

export type Fault = CrashFault | ErrnoFault;

class Crash extends Error {}

type Entry = { readonly kind: "file"; readonly inode: number } | { readonly kind: "folder" };

/**
 * A real folder whose owner can lose power. It remembers what was made durable: the contents of files at their last
 * `fsyncFile`, and the names in folders at their last `fsyncFolder`. Files that the engine writes past it count as
 * not durable until they are synced through it.
 */
export class CrashingFileSystem implements FileSystem {
  readonly #root: string;
  #fault: Fault | undefined;
  #count = 0;
  #changeCount = 0;
  #faultyPath: string | undefined;
  #isDown = false;
  readonly #contents = new Map<number, Uint8Array>();
  readonly #names = new Map<string, ReadonlyMap<string, Entry>>();

  private constructor(root: string) {
    this.#root = root;
  }

  /** What lies below the folder already is durable. */
  static async over(root: string): Promise<CrashingFileSystem> {
    const fileSystem = new CrashingFileSystem(root);
    await fileSystem.#recordTree(root);
    return fileSystem;
  }

  get operations(): number {
    return this.#count;
  }

  /** Operations that change the disk, or make a change durable. */
  get changes(): number {
    return this.#changeCount;
  }

  /** What the operation that went wrong was for. */
  get faultAt(): string | undefined {
    return this.#faultyPath;
  }

  /** Counts operations anew, with another fault or none. */
  arm(fault?: Fault): void {
    this.#fault = fault;
    this.#count = 0;
    this.#changeCount = 0;
    this.#faultyPath = undefined;
    this.#isDown = false;
  }

  /** Writes what a power cut at this moment would leave into another folder. */
  async leaveAfterPowerCut(target: string): Promise<void> {
    await this.#restore(this.#root, target);
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#perform(() => nodeFileSystem.readFile(path));
  }

  writeFile(path: string, data: Uint8Array): Promise<void> {
    return this.#change(path, async () => {
      await nodeFileSystem.writeFile(path, data);
      this.#contents.delete((await stat(path)).ino);
    });
  }

  fsyncFile(path: string): Promise<void> {
    return this.#change(path, async () => {
      await nodeFileSystem.fsyncFile(path);
      this.#contents.set((await stat(path)).ino, await readFile(path));
    });
  }

  fsyncFolder(path: string): Promise<void> {
    // Folders above the root are durable from the start.
    if (!path.startsWith(this.#root)) return this.#perform(async () => {});
    return this.#change(path, async () => {
      await nodeFileSystem.fsyncFolder(path);
      this.#names.set(path, await entriesOf(path));
    });
  }

  link(from: string, to: string): Promise<void> {
    return this.#change(to, () => nodeFileSystem.link(from, to));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#change(to, () => nodeFileSystem.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#change(path, () => nodeFileSystem.remove(path));
  }

  makeFolder(path: string): Promise<string | undefined> {
    return this.#change(path, () => nodeFileSystem.makeFolder(path));
  }

  listFolder(path: string): Promise<readonly string[]> {
    return this.#perform(() => nodeFileSystem.listFolder(path));
  }

  stat(path: string): Promise<{ readonly size: number; readonly modifiedAtMs: number }> {
    return this.#perform(() => nodeFileSystem.stat(path));
  }

  lstat(path: string): ReturnType<FileSystem["lstat"]> {
    return this.#perform(() => nodeFileSystem.lstat(path));
  }

  #change<Result>(path: string, operation: () => Promise<Result>): Promise<Result> {
    this.#changeCount += 1;
    return this.#perform(operation, path);
  }

  /** @param changed what the operation changes, if anything. */
  async #perform<Result>(operation: () => Promise<Result>, changed?: string): Promise<Result> {
    this.#count += 1;
    const fault = this.#fault;
    const isCounted = fault?.counting === undefined || changed !== undefined;
    const isDue =
      isCounted && fault?.at === (fault?.counting === undefined ? this.#count : this.#changeCount);
    if (this.#isDown) throw new Crash("the process is gone");
    if (isDue) this.#faultyPath = changed;
    if (isDue && fault.kind === "errno") {
      throw Object.assign(new Error(`${fault.code}: staged failure`), { code: fault.code });
    }
    if (isDue && fault.kind === "crash") this.#isDown = true;
    if (isDue && fault.kind === "crash" && fault.when === "before") throw new Crash("the process dies");
    const result = await operation();
    if (isDue) throw new Crash("the process dies");
    return result;
  }

  async #recordTree(folder: string): Promise<void> {
    const entries = await entriesOf(folder);
    this.#names.set(folder, entries);
    for (const [name, entry] of entries) {
      const path = join(folder, name);
      if (entry.kind === "folder") await this.#recordTree(path);
      else this.#contents.set(entry.inode, await readFile(path));
    }
  }

  async #restore(folder: string, target: string): Promise<void> {
    await mkdir(target, { recursive: true });
    for (const [name, entry] of this.#names.get(folder) ?? []) {
      if (entry.kind === "folder") await this.#restore(join(folder, name), join(target, name));
      // A name without contents: what file systems leave of a file that was never synced.
      else await writeFile(join(target, name), this.#contents.get(entry.inode) ?? new Uint8Array());
    }
  }
}

async function entriesOf(folder: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const item of await readdir(folder, { withFileTypes: true })) {
    entries.set(
      item.name,
      item.isDirectory()
        ? { kind: "folder" }
        : { kind: "file", inode: (await stat(join(folder, item.name))).ino },
    );
  }
  return entries;
}
