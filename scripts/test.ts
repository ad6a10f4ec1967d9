// Runs the npm-only suite: every *.test.ts below test/, or those named on the command line.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync("test/**/*.test.ts").toSorted();
const result = spawnSync(process.execPath, ["--test", "--test-concurrency=2", ...files], {
  stdio: "inherit",
});
process.exitCode = result.status ?? 1;
