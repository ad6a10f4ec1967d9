import { randomUUID } from "node:crypto";
import { realpathSync, rmSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { DeltaError } from "finance-feedback-delta";
import { fileReason, isFileError } from "finance-feedback-delta/contract";

import { makeFolderSync } from "../../seams/make-folder.ts";
import { CommandError } from "../command-error.ts";
import { atSecondSignal } from "../interruption.ts";

/**
 * Writes a file beside its place, makes it durable, and renames it when it is complete. So its name always has the old file or
 * the whole new one. A failure or Ctrl-C removes the partial file; a kill leaves it as `.NAME.….part`.
 *
 * @param write fills the file of the name that it is given.
 * @throws CommandError `INVALID_ARGUMENT` for a folder that is not there, `OUTPUT_FAILED` where it cannot be written.
 */
export async function writeWholeFile<Result>(
  path: string,
  write: (partPath: string) => Promise<Result>,
): Promise<Result> {
  const target = placeOf(path);
  // A device or a pipe cannot be replaced, and never holds half a file.
  if (target.isSpecial) return writeSpecial(path, () => write(target.path));
  const part = join(dirname(target.path), `.${basename(target.path)}.${randomUUID().slice(0, 8)}.part`);
  const isOver = atSecondSignal(() => rmSync(part, { force: true }));
  try {
    const result = await write(part);
    await makeDurable(part);
    await rename(part, target.path);
    await makeDurable(dirname(target.path));
    return result;
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw isOfOutput(error) ? outputFailed(path, error) : error;
  } finally {
    isOver();
  }
}

/**
 * Makes a folder for output, with its parents.
 *
 * @throws CommandError `OUTPUT_FAILED` where that cannot be made.
 */
export function makeOutputFolder(folder: string): void {
  try {
    makeFolderSync(folder);
  } catch (error) {
    const place = isFileError(error) ? (error.path ?? folder) : folder;
    throw new CommandError("OUTPUT_FAILED", `Cannot make the folder ${place}: ${fileReason(error)}`, {
      cause: error,
    });
  }
}

async function writeSpecial<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    throw isFileError(error)
      ? new CommandError("OUTPUT_FAILED", `Cannot write to ${path}: ${fileReason(error)}`, { cause: error })
      : error;
  }
}

function placeOf(path: string): { readonly path: string; readonly isSpecial: boolean } {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info?.isDirectory() === true || path.endsWith("/"))
    throw new CommandError("INVALID_ARGUMENT", `${path} is a folder: --output names the file to write`);
  if (info !== undefined) return { path: realpathSync(path), isSpecial: !info.isFile() };
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new CommandError(
      "INVALID_ARGUMENT",
      `There is no folder ${folder} to write ${basename(path)} into`,
    );
  return { path, isSpecial: false };
}

async function makeDurable(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether writing failed; the engine has its own code for that. */
function isOfOutput(error: unknown): error is Error {
  return isFileError(error) || (error instanceof DeltaError && error.code === "STORAGE_FAILED");
}

function outputFailed(path: string, error: Error): CommandError {
  return new CommandError(
    "OUTPUT_FAILED",
    `Cannot write ${path}: ${fileReason(error)}. A file that had this name before is unchanged.`,
    { cause: error },
  );
}
