// The other end of call-ffe.ts: runs one command after the other, each as if the process were its own.
import * as z from "zod";

import { main } from "../../src/cli/main.ts";
import { systemClock } from "../../src/seams/clock.ts";

const Call = z.object({
  args: z.array(z.string()),
  cwd: z.string(),
  environment: z.record(z.string(), z.string()),
  aheadMs: z.number().optional(),
});

function captured(stream: NodeJS.WriteStream): () => string {
  const chunks: Buffer[] = [];
  stream.write = (chunk: string | Uint8Array, ...others: readonly unknown[]): boolean => {
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk));
    const done = others.find((other) => typeof other === "function");
    if (done !== undefined) process.nextTick(done);
    return true;
  };
  return () => Buffer.concat(chunks.splice(0)).toString("utf8");
}

const takeStdout = captured(process.stdout);
const takeStderr = captured(process.stderr);
const home = process.cwd();

async function run(message: unknown): Promise<void> {
  const { args, cwd, environment, aheadMs = 0 } = Call.parse(message);
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  const exitCode = await main(args, { ...systemClock, now: () => systemClock.now() + aheadMs });
  process.chdir(home);
  process.send?.({ exitCode, stdout: takeStdout(), stderr: takeStderr() });
}

process.on("message", (message) => {
  run(message).catch((error: unknown) => {
    process.send?.({ exitCode: null, stdout: takeStdout(), stderr: `${takeStderr()}${String(error)}` });
  });
});
