/** Runs some commands of `ffe transform` over a lake. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import * as z from "zod";

import { option } from "../contestants/contestant.ts";
import { projectFolder } from "../folders.ts";

for (const words of z.array(z.array(z.string())).parse(JSON.parse(option("commands")))) {
  const ffe = [join(projectFolder, "bin", "ffe.js"), "transform", ...words, "--storage", option("lake")];
  const { status, stderr } = spawnSync(process.execPath, ffe, { cwd: projectFolder, encoding: "utf8" });
  if (status !== 0)
    throw new Error(`ffe transform ${words.join(" ")} failed with ${String(status)}: ${stderr}`);
}
