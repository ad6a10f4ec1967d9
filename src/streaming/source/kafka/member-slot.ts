import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { ownProcessMark, isGone } from "../../../seams/process-mark.ts";
import type { ProcessMark } from "../../../seams/process-mark.ts";

/** A name in a group that no other process of this machine has now. */
export interface MemberSlot extends Disposable {
  readonly instanceId: string;
}

const slotsMax = 1000;

/**
 * Takes the first name that is free. A process that is started anew after a crash gets the name of the one that crashed, so its
 * partitions wait for it and nobody else has to take them over.
 */
export function takeMemberSlot(
  job: string,
  folder: string = join(tmpdir(), "ffe-stream-members"),
): MemberSlot {
  mkdirSync(folder, { recursive: true });
  for (let slot = 1; slot <= slotsMax; slot += 1) {
    const path = join(folder, `${job}-${slot}.json`);
    if (take(path))
      return {
        instanceId: `${job}-${hostname()}-${slot}`,
        [Symbol.dispose]: () => rmSync(path, { force: true }),
      };
  }
  throw new Error(`${slotsMax} members of the stream ${job} run on this machine`);
}

function take(path: string): boolean {
  for (;;)
    try {
      writeFileSync(path, JSON.stringify(ownProcessMark()), { flag: "wx" });
      return true;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const holder = readHolder(path);
      if (holder !== undefined && !isGone(holder)) return false;
      rmSync(path, { force: true });
    }
}

/** `undefined` of one that is half written or gone: who wrote it died then. */
function readHolder(path: string): ProcessMark | undefined {
  try {
    const { host, pid, startedAt }: Partial<ProcessMark> = JSON.parse(readFileSync(path, "utf8"));
    return host === undefined || pid === undefined || startedAt === undefined
      ? undefined
      : { host, pid, startedAt };
  } catch {
    return undefined;
  }
}
