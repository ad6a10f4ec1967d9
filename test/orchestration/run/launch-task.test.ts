import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";

import { markCrashed, recoverRun } from "../../../src/orchestration/run/crashed-runs.ts";
import { launchProcess } from "../../../src/orchestration/run/launch-task.ts";
import { systemProcesses } from "../../../src/orchestration/run/process-identity.ts";
import { runToEnd } from "../../../src/orchestration/run/runner.ts";
import { openRunStore } from "../../../src/orchestration/state/run-store.ts";
import { systemClock } from "../../../src/seams/clock.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

const identity = z.object({ pid: z.int(), startedAt: z.string(), host: z.string(), bootId: z.string() });

const killedRunner = fileURLToPath(new URL("../support/runner-killed-at-spawn.ts", import.meta.url));

test("a command whose runner is killed before it has noted the process never begins", async () => {
  using folder = new TemporaryFolder();
  const killed = spawnSync(process.execPath, [killedRunner, folder.at("state"), folder.path], {
    encoding: "utf8",
  });
  assert.equal(killed.signal, "SIGKILL", killed.stderr);
  const left = identity.parse(JSON.parse(killed.stdout));
  while (systemProcesses.identify(left.pid)?.startedAt === left.startedAt) await delay(10);
  assert.ok(!existsSync(folder.at("tries")));

  using store = openRunStore(folder.at("state"));
  const crashed = markCrashed(store, store.find("latest"), systemClock);
  const runner = { token: "next", process: systemProcesses.self() };
  const run = await runToEnd(recoverRun(store, crashed, runner, systemClock.now()), runner, {
    store,
    clock: systemClock,
    processes: systemProcesses,
    launch: launchProcess,
    redact: (text) => text,
    environment: process.env,
    ffe: ["ffe"],
    pollMs: 20,
  });
  assert.equal(run.state, "success");
  assert.equal(readFileSync(folder.at("tries"), "utf8"), "2\n");
});

test("a command is the process that was noted, with its words and signs as they are", async () => {
  using folder = new TemporaryFolder();
  const lines: string[] = [];
  const words = ["-n", "two words", 'a"b', "$HOME", "*", ""];
  const script = "process.stdout.write(JSON.stringify([process.pid, ...process.argv.slice(1)]))";
  const launched = launchProcess({
    argv: [process.execPath, "-e", script, "--", ...words],
    environment: process.env,
    workingFolder: folder.path,
    onLine: (_, line) => lines.push(line),
  });
  launched.begin();
  assert.deepEqual(await launched.ended, { exitCode: 0, reason: undefined });
  assert.deepEqual(JSON.parse(lines.join("\n")), [launched.process?.pid, ...words]);
});

test("a command or a folder that is not there is said in the log of the try", async () => {
  using folder = new TemporaryFolder();
  assert.equal(
    await outcomeIn(folder.path),
    "127 a command was not found: no-such-report cannot be started: there is no such command",
  );
  assert.match(await outcomeIn(folder.at("nowhere")), /^127 no-such-report cannot be started in .*nowhere: /);
});

async function outcomeIn(workingFolder: string): Promise<string> {
  const lines: string[] = [];
  const launched = launchProcess({
    argv: ["no-such-report", "--day", "1"],
    environment: process.env,
    workingFolder,
    onLine: (_, line) => lines.push(line),
  });
  launched.begin();
  const { exitCode, reason = "" } = await launched.ended;
  return `${exitCode} ${[reason, ...lines].join(": ")}`;
}
