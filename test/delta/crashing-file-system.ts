import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { nodeFileSystem } from "../../src/delta/index.ts";
import type { FileSystem } from "../../src/delta/index.ts";

/** What goes wrong, at which operation counted from 1. */
export type Fault =
  /** The process dies before, or just after, the operation; nothing works from then on. */
  | { readonly kind: "crash"; readonly at: number; readonly when: "before" | "after" }
  /** This one operation fails, as a full or a broken disk makes it. */
  | { readonly kind: "errno"; readonly at: number; readonly code: "EIO" | "ENOSPC" };

export class Crash extends Error {}

type Entry = { readonly kind: "file"; readonly inode: number } | { readonly kind: "folder" };

/**
 * A real folder whose owner can lose power. It remembers what was made durable: the contents of files at their last
 * `fsyncFile`, and the names in folders at their last `fsyncFolder`. Files that the engine writes past it count as
 * not durable until they are synced through it.
 */
export class CrashingFileSystem implements FileSystem {
  private readonly root: string;
  private fault: Fault | undefined;
  private count = 0;
  private isDown = false;
  private readonly contents = new Map<number, Uint8Array>();
  private readonly names = new Map<string, ReadonlyMap<string, Entry>>();

  private constructor(root: string) {
    this.root = root;
  }

  /** What lies below the folder already is durable. */
  static async over(root: string): Promise<CrashingFileSystem> {
    const fileSystem = new CrashingFileSystem(root);
    await fileSystem.recordTree(root);
    return fileSystem;
  }

  get operations(): number {
    return this.count;
  }

  /** Counts operations anew, with another fault or none. */
  arm(fault?: Fault): void {
    this.fault = fault;
    this.count = 0;
    this.isDown = false;
  }

  /** Writes what a power cut at this moment would leave into another folder. */
  async leaveAfterPowerCut(target: string): Promise<void> {
    await this.restore(this.root, target);
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.perform(() => nodeFileSystem.readFile(path));
  }

  writeFile(path: string, data: Uint8Array): Promise<void> {
    return this.perform(async () => {
      await nodeFileSystem.writeFile(path, data);
      this.contents.delete((await stat(path)).ino);
    });
  }

  fsyncFile(path: string): Promise<void> {
    return this.perform(async () => {
      await nodeFileSystem.fsyncFile(path);
      this.contents.set((await stat(path)).ino, await readFile(path));
    });
  }

  fsyncFolder(path: string): Promise<void> {
    return this.perform(async () => {
      // Folders above the root are durable from the start.
      if (!path.startsWith(this.root)) return;
      await nodeFileSystem.fsyncFolder(path);
      this.names.set(path, await entriesOf(path));
    });
  }

  link(from: string, to: string): Promise<void> {
    return this.perform(() => nodeFileSystem.link(from, to));
  }

  rename(from: string, to: string): Promise<void> {
    return this.perform(() => nodeFileSystem.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.perform(() => nodeFileSystem.remove(path));
  }

  makeFolder(path: string): Promise<string | undefined> {
    return this.perform(() => nodeFileSystem.makeFolder(path));
  }

  listFolder(path: string): Promise<readonly string[]> {
    return this.perform(() => nodeFileSystem.listFolder(path));
  }

  stat(path: string): Promise<{ readonly size: number; readonly modifiedAtMs: number }> {
    return this.perform(() => nodeFileSystem.stat(path));
  }

  lstat(path: string): ReturnType<FileSystem["lstat"]> {
    return this.perform(() => nodeFileSystem.lstat(path));
  }

  private async perform<Result>(operation: () => Promise<Result>): Promise<Result> {
    this.count += 1;
    const { fault } = this;
    const isDue = fault?.at === this.count;
    if (this.isDown) throw new Crash("the process is gone");
    if (isDue && fault.kind === "errno") {
      throw Object.assign(new Error(`${fault.code}: staged failure`), { code: fault.code });
    }
    if (isDue && fault.kind === "crash") this.isDown = true;
    if (isDue && fault.kind === "crash" && fault.when === "before") throw new Crash("the process dies");
    const result = await operation();
    if (isDue) throw new Crash("the process dies");
    return result;
  }

  private async recordTree(folder: string): Promise<void> {
    const entries = await entriesOf(folder);
    this.names.set(folder, entries);
    for (const [name, entry] of entries) {
      const path = join(folder, name);
      if (entry.kind === "folder") await this.recordTree(path);
      else this.contents.set(entry.inode, await readFile(path));
    }
  }

  private async restore(folder: string, target: string): Promise<void> {
    await mkdir(target, { recursive: true });
    for (const [name, entry] of this.names.get(folder) ?? []) {
      if (entry.kind === "folder") await this.restore(join(folder, name), join(target, name));
      // A name without contents: what file systems leave of a file that was never synced.
      else await writeFile(join(target, name), this.contents.get(entry.inode) ?? new Uint8Array());
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
