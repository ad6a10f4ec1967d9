// Runs the npm-only suite: every *.test.ts below test/ and packages/*/test/, or the files that are named. Says little when all is well.
//   --name PATTERN   only the tests whose names match
//   --long           only the files with sweeps (test/sampled.ts), and each sweep whole
//   --share SHARE    with --long: this share of each sweep
import { existsSync, globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { runTests } from "./run-tests.ts";
import { TestDurations } from "./test-durations.ts";
import { openTestFolder } from "./test-folder.ts";
import { groupsOf } from "./test-groups.ts";

const root = join(import.meta.dirname, "..");
const { values, positionals: named } = readCommandLine();

const unknown = named.filter((file) => !/\.test\.m?ts$/.test(file) || !existsSync(join(root, file)));
if (unknown.length > 0) {
  console.error(
    `There is no test file ${unknown.join(", ")}. Name files, such as test/market/decimal.test.ts.`,
  );
  process.exit(2);
}
const all =
  named.length > 0 ? named : globSync("{test,packages/*/test}/**/*.test.ts", { cwd: root }).toSorted();
const files = values.long ? all.filter(hasSweeps) : all;
const environment = {
  SAMPLE_SEED: process.env["SAMPLE_SEED"] ?? String(Math.floor(Math.random() * 1_000_000)),
  ...(values.long ? { LONG: values.share } : {}),
};
// DuckDB's default number of threads: on so few rows a second one waits for work, and costs a sixth more.
const threads = values.long ? {} : { SLURM_CPUS_ON_NODE: "1" };
// Loading what a short file tests takes longer than its tests.
Object.assign(
  process.env,
  { NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "compiled"), TMPDIR: openTestFolder() },
  environment,
  threads,
);

const repeats = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
console.log(`${files.length} test files, ${repeats.join(" ")}`);
const durations = new TestDurations(root);
const { failed, seconds } = await runTests({
  root,
  // A pattern may match the name of a file, too, which is that of a suite in a group.
  groups:
    values.name === undefined
      ? groupsOf(files, (file) => durations.secondsOf(file))
      : files.map((file) => [file]),
  // One more than there are cores: a test now and then waits for a process or a timer.
  concurrency: availableParallelism() + 1,
  pattern: values.name,
  print: (text) => process.stdout.write(text),
});
if (!values.long && values.name === undefined) durations.record(seconds);
if (failed.length > 0) {
  console.log("To run what failed again:");
  for (const file of failed) console.log(`  ${repeats.join(" ")} npm test ${file}`);
}
process.exitCode = failed.length > 0 || files.length === 0 ? 1 : 0;

function readCommandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        name: { type: "string" },
        long: { type: "boolean", default: false },
        share: { type: "string", default: "1" },
      },
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

function hasSweeps(file: string): boolean {
  return readFileSync(join(root, file), "utf8").includes("sampled.ts");
}
