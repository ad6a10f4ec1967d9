import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system in memory, as Linux has it: what tests make durable there costs no wait for a disk. */
const memory = "/dev/shm";
/** Far more than a run needs. Containers often have a tenth of it, which a large test would fill. */
const freeBytesMin = 2 * 1024 ** 3;

/** A folder for all temporary files of a run, in memory if there is room; it goes when this process ends. */
export function openTestFolder(): string {
  const folder = mkdtempSync(join(hasRoom() ? memory : tmpdir(), "ffe-tests-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on("exit", remove);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  return folder;
}

function hasRoom(): boolean {
  // Who names a folder wants that one.
  if (process.platform !== "linux" || process.env["TMPDIR"] !== undefined) return false;
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= freeBytesMin;
  } catch {
    return false;
  }
}
