import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";

import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";

const gibibyte = 1024 ** 3;
/** Both must be true: a tenth of a large disk is much room, and a small disk may be empty. */
const warnBelow = { share: 0.1, bytes: 5 * gibibyte };
const errorBelow = { share: 0.02, bytes: gibibyte };

/** The free space of each disk that something is written to. */
export const diskCheck: Check = {
  area: "disk",
  examine(installation) {
    const { isLocal, lake, statePath, deadLetters, machine } = installation.parts;
    const written = [...(isLocal ? [lake.storagePath] : [tmpdir()]), statePath, deadLetters.path];
    const disks = new Map<number, string>();
    for (const path of written) {
      const folder = nearestFolder(path);
      const { dev } = statSync(folder);
      if (!disks.has(dev)) disks.set(dev, folder);
    }
    return [...disks.values()].flatMap((folder): readonly Finding[] => {
      const { freeBytes, totalBytes } = machine.space(folder);
      const isBelow = ({ share, bytes }: typeof warnBelow): boolean =>
        freeBytes < bytes && freeBytes < share * totalBytes;
      if (!isBelow(warnBelow)) return [];
      return [
        {
          severity: isBelow(errorBelow) ? "error" : "warning",
          subject: folder,
          found: `${sizeText(freeBytes)} of ${sizeText(totalBytes)} are free.`,
          meaning:
            "A full disk stops every write. What is committed stays; vacuum frees what no version of the last days needs.",
          commands: [
            installation.ffe("table", "vacuum", "--all"),
            installation.ffe("schedule", "prune", "--days", "30"),
          ],
        },
      ];
    });
  },
};

/** The folder itself, or the one above it that exists. */
export function nearestFolder(path: string): string {
  let folder = resolve(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function sizeText(bytes: number): string {
  return bytes >= gibibyte ? `${(bytes / gibibyte).toFixed(1)} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
