import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PeerError } from "./peer-error.ts";
import { sharedSparkVariable, sparkCommand } from "./peer.ts";
import { workerEnvironment } from "./worker-process.ts";

/** One Spark for the test files of a run: a JVM takes seconds to start, and far longer until it is quick. */
export interface SharedSpark {
  /** By which test files find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The end of what it printed. */
  readonly said: () => string;
  readonly close: () => Promise<void>;
}

/** @throws {PeerError} when it does not come up. */
export async function startSharedSpark(): Promise<SharedSpark> {
  const folder = mkdtempSync(join(tmpdir(), "interop-spark-"));
  const socket = join(folder, "socket");
  const child = spawn(sparkCommand.command, [...sparkCommand.arguments, socket], {
    cwd: sparkCommand.folder,
    env: { ...process.env, ...workerEnvironment },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-8000);
  });
  const ended = once(child, "close").then(() => false);
  // Its one line says that it listens.
  const isListening = once(child.stdout, "data").then(() => true);
  async function close(): Promise<void> {
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true });
  }
  if (await Promise.race([isListening, ended]))
    return { environment: { [sharedSparkVariable]: socket }, said: () => said, close };
  await close();
  throw new PeerError("PEER_DIED", `Spark could not be started:\n${said}`);
}
