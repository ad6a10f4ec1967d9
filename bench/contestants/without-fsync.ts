import { nodeFileSystem } from "../../packages/delta/src/index.ts";
import type { FileSystem } from "../../packages/delta/src/index.ts";

/** The machine's files, without waiting for the disk: what durability costs shows against it. */
export const withoutFsync: FileSystem = {
  ...nodeFileSystem,
  fsyncFile: async () => {},
  fsyncFolder: async () => {},
};

/** The file system that `--fsync=on` or `--fsync=off` asks for. */
export function fileSystemFor(fsync: string): FileSystem {
  return fsync === "off" ? withoutFsync : nodeFileSystem;
}
