import { nodeFileSystem } from "finance-feedback-delta";
import type { FileSystem } from "finance-feedback-delta";

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
