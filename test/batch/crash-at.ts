import { nodeFileSystem } from "finance-feedback-delta";
import type { FileSystem } from "finance-feedback-delta";

/** The process died: nothing that it would have done after this happens any more. */
class SimulatedCrash extends Error {}

/** Counts the calls of one kind and dies at one of them; afterwards every call of any kind fails. */
export interface CrashingFileSystem {
  readonly fileSystem: FileSystem;
  /** Calls of the watched kinds so far. */
  readonly calls: () => number;
  readonly hasCrashed: () => boolean;
}

/**
 * @param change the number of the change at which to die, counted from 1; `undefined` for never.
 * @param moment whether the change still happens.
 */
export function crashAt(change: number | undefined, moment: "before" | "after"): CrashingFileSystem {
  let calls = 0;
  let crashed = false;
  const guard = async <Result>(isChange: boolean, run: () => Promise<Result>): Promise<Result> => {
    if (crashed) throw new SimulatedCrash("the process is dead");
    if (!isChange) return run();
    calls += 1;
    if (calls !== change) return run();
    if (moment === "after") await run();
    crashed = true;
    throw new SimulatedCrash(`died at change ${calls}`);
  };
  const fileSystem: FileSystem = {
    readFile: (path) => guard(false, () => nodeFileSystem.readFile(path)),
    listFolder: (path) => guard(false, () => nodeFileSystem.listFolder(path)),
    stat: (path) => guard(false, () => nodeFileSystem.stat(path)),
    lstat: (path) => guard(false, () => nodeFileSystem.lstat(path)),
    writeFile: (path, data) => guard(true, () => nodeFileSystem.writeFile(path, data)),
    fsyncFile: (path) => guard(true, () => nodeFileSystem.fsyncFile(path)),
    fsyncFolder: (path) => guard(true, () => nodeFileSystem.fsyncFolder(path)),
    link: (from, to) => guard(true, () => nodeFileSystem.link(from, to)),
    rename: (from, to) => guard(true, () => nodeFileSystem.rename(from, to)),
    makeFolder: (path) => guard(true, () => nodeFileSystem.makeFolder(path)),
    // Cleaning up temporary files is no step that safety depends on.
    remove: (path) => guard(false, () => nodeFileSystem.remove(path)),
  };
  return { fileSystem, calls: () => calls, hasCrashed: () => crashed };
}
