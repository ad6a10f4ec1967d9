import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Tells a process from a later one that got the same number. */
export interface ProcessMark {
  readonly host: string;
  readonly pid: number;
  /** As the system counts it; empty where the system does not say. */
  readonly startedAt: string;
}

/** The mark of this process. */
export function ownProcessMark(): ProcessMark {
  return { host: hostname(), pid: process.pid, startedAt: startOf(process.pid) };
}

/** Whether the process of a mark is gone for sure: of another machine's process that cannot be told. */
export function isGone({ host, pid, startedAt }: ProcessMark): boolean {
  if (host !== hostname()) return false;
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
  return startOf(pid) !== startedAt;
}

/** On Linux: the boot, and the ticks from it to the start of the process. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(" ");
    return `${boot} ${fields[19] ?? ""}`;
  } catch {
    return "";
  }
}
