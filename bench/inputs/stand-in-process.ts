import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface StandInProcess {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the providers' stand-in in a process of its own. It keeps its answers: after a warm-up it only serves them. */
export async function startStandInProcess(): Promise<StandInProcess> {
  const script = join(import.meta.dirname, "stand-in.ts");
  // It ends with its standard input, so that it never outlives the runner.
  const child = spawn(process.execPath, ["--no-warnings", script], { stdio: ["pipe", "pipe", "inherit"] });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The stand-in ended with ${code}`)));
  });
  return {
    url,
    async close() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}
