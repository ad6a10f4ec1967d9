import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As the system writes it. */
  readonly startedAt: string;
  readonly host: string;
  /** Of the time since the machine started; empty where the system has none. */
  readonly bootId: string;
  /** Containers that share the name of their host number their processes each for itself. */
  readonly pidNamespace?: string | undefined;
}

/** The processes of the machine: a seam for tests. */
export interface Processes {
  /** This process. */
  self(): ProcessIdentity;
  /** `undefined` when there is no such process. */
  identify(pid: number): ProcessIdentity | undefined;
  /** Sends a signal to a process and all of its group; nothing happens when it is gone. */
  signalGroup(process: ProcessIdentity, signal: NodeJS.Signals): void;
}

/** `unknown` of a process on another machine, or in another container. */
export function lifeOf(one: ProcessIdentity, processes: Processes): "alive" | "gone" | "unknown" {
  const self = processes.self();
  if (one.host !== self.host) return "unknown";
  if (one.bootId !== self.bootId) return "gone";
  if (one.pidNamespace !== undefined && one.pidNamespace !== self.pidNamespace) return "unknown";
  return processes.identify(one.pid)?.startedAt === one.startedAt ? "alive" : "gone";
}

export const systemProcesses: Processes = {
  self: () => (own ??= identify(process.pid) ?? identity(process.pid, "")),
  identify,
  signalGroup(one, signal) {
    if (lifeOf(one, systemProcesses) !== "alive") return;
    try {
      process.kill(-one.pid, signal);
    } catch {
      // It has just ended.
    }
  },
};

let own: ProcessIdentity | undefined;
let boot: string | undefined;
let namespace: string | undefined;

function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === "linux" ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : identity(pid, startedAt);
}

function identity(pid: number, startedAt: string): ProcessIdentity {
  return {
    pid,
    startedAt,
    host: hostname(),
    bootId: (boot ??= readBootId()),
    pidNamespace: (namespace ??= readPidNamespace()),
  };
}

/** In ticks since the machine started. A process that has ended and waits to be collected is gone. */
function startOnLinux(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program stands in brackets, and may have any sign.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}

function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** Empty where the system has none. */
function readPidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
