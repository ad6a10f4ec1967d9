import { constants } from "node:fs";
import { link, lstat, mkdir, open, readFile, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";

import { capableOf } from "../contract/option-kinds.ts";
import type { OptionKind } from "../contract/option-table.ts";

/**
 * The operations of a file system on which durability depends. A test can inject a fault or a crash into each of them.
 * `fsyncFile` and `fsyncFolder` make contents and names survive a power cut.
 */
export interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
  /** Creates or truncates; not durable before `fsyncFile`. */
  writeFile(path: string, data: Uint8Array): Promise<void>;
  fsyncFile(path: string): Promise<void>;
  fsyncFolder(path: string): Promise<void>;
  /** Fails with EEXIST when `to` exists: the put-if-absent of a POSIX file system. */
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; does nothing when it does not exist. */
  remove(path: string): Promise<void>;
  /** Creates the folder with its parents; returns the topmost folder it had to create. */
  makeFolder(path: string): Promise<string | undefined>;
  listFolder(path: string): Promise<readonly string[]>;
  stat(path: string): Promise<FileInfo>;
  /** Looks at the name itself: a symbolic link is not followed. */
  lstat(path: string): Promise<FileInfo & { readonly kind: FileKind }>;
}

/** For those who take one. */
export const fileSystemKind: OptionKind<FileSystem> = capableOf("a file system, such as nodeFileSystem", [
  "readFile",
  "writeFile",
  "fsyncFile",
  "fsyncFolder",
  "link",
  "rename",
  "remove",
  "makeFolder",
  "listFolder",
  "stat",
  "lstat",
]);

export interface FileInfo {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAtMs: number;
}

/** `other` is a symbolic link, a socket, a device. */
export type FileKind = "file" | "folder" | "other";

export const nodeFileSystem: FileSystem = {
  readFile: (path) => readFile(path),

  async writeFile(path, data) {
    const handle = await open(path, "w");
    try {
      await handle.writeFile(data);
    } finally {
      await handle.close();
    }
  },

  async fsyncFile(path) {
    await fsyncPath(path, constants.O_RDONLY);
  },

  async fsyncFolder(path) {
    // Windows has no fsync of folders; its file systems journal names.
    if (process.platform === "win32") return;
    await fsyncPath(path, constants.O_RDONLY | constants.O_DIRECTORY);
  },

  link: (from, to) => link(from, to),
  rename: (from, to) => rename(from, to),

  async remove(path) {
    try {
      // Not `rm`, which looks at the file first: a vacuum removes thousands of files.
      await unlink(path);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  },

  makeFolder: (path) => makeFolder(path),
  listFolder: (path) => readdir(path),

  async stat(path) {
    const info = await stat(path);
    return { size: info.size, modifiedAtMs: info.mtimeMs };
  },

  async lstat(path) {
    const info = await lstat(path);
    const kind = info.isFile() ? "file" : info.isDirectory() ? "folder" : "other";
    return { kind, size: info.size, modifiedAtMs: info.mtimeMs };
  },
};

/**
 * Not Node's own recursive `mkdir`: it never returns when a folder exists and nothing can be created in it for another
 * reason than missing rights, as in `/proc`.
 */
export async function makeFolder(path: string, mode?: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) === "ENOENT" && parent !== path) {
      const topmost = await makeFolder(parent, mode);
      return (await makeOnlyFolder(path, mode)) ? (topmost ?? path) : topmost;
    }
    if (await isFolder(path)) return undefined;
    throw error;
  }
}

/** Creates a folder whose parent exists; false when another process has created it meanwhile. */
async function makeOnlyFolder(path: string, mode: number | undefined): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error) {
    if (await isFolder(path)) return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() === true;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

async function fsyncPath(path: string, flags: number): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
