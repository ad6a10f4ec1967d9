import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { benchFolder, projectFolder } from "./folders.ts";

const python = join(projectFolder, "interop", ".venv", "bin", "python");

/**
 * Runs a script of this folder to its end and gives its output. Whatever needs memory happens in such a process: on
 * Linux a child's peak memory counts from its parent's, so that a big runner would falsify every contestant's.
 *
 * @throws Error with the script's own words when it fails, or when the Python peers are not installed.
 */
export async function runScript(script: string, options: Readonly<Record<string, string>>): Promise<string> {
  const { command, leading } = interpreter(script);
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(command, [...leading, join(benchFolder, script), ...flags], {
    cwd: projectFolder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  if (status === 0) return output;
  throw new Error(`bench/${script} ${flags.join(" ")} failed with ${status}:\n${errors}${output}`);
}

function interpreter(script: string): { readonly command: string; readonly leading: readonly string[] } {
  if (!script.endsWith(".py")) return { command: process.execPath, leading: ["--no-warnings"] };
  if (existsSync(python)) return { command: python, leading: [] };
  throw new Error("The peer delta-rs is missing: install it with interop/setup.sh, then run the same again");
}
