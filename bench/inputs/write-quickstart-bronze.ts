/** Runs quickstart, and keeps the Bronze tables of its lake. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { option } from "../contestants/contestant.ts";
import { projectFolder } from "../folders.ts";

const folder = mkdtempSync(join(tmpdir(), "bench-quickstart-"));
try {
  const words = [join(projectFolder, "bin", "ffe.js"), "quickstart", "--storage", join(folder, "lake")];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`quickstart failed with ${String(status)}: ${stderr}`);
  mkdirSync(option("lake"));
  cpSync(join(folder, "lake", "bronze"), join(option("lake"), "bronze"), { recursive: true });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
