// Reads every table of the Delta Acceptance Tests, at every version they expect something of, and compares rows,
// columns and metadata with what Spark recorded of them.
// Usage: node test/dat/run.ts [FOLDER_OR_ARCHIVE], where the archive is one of the tests' releases (.tar.gz), or a folder
// it was unpacked to. Without one it makes a few cases of its own.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DuckDbEngine } from "finance-feedback-delta";

import { TemporaryFolder } from "../temporary-folder.ts";
import { assertVersion } from "./expected-version.ts";
import { makeCases } from "./made-cases.ts";

const casesFolder = join("out", "reader_tests", "generated");

const given = process.argv[2];
using temporary = new TemporaryFolder();
const engine = new DuckDbEngine({ threads: 2 });
const folder =
  given === undefined
    ? await made()
    : join(statSync(given).isDirectory() ? given : unpack(given), casesFolder);
process.stdout.write(
  `Reading ${given ?? "cases that were made for this run; no release of the tests was named"}\n`,
);
const [tables, failed] = [readdirSync(folder).toSorted(), new Set<string>()];
let versions = 0;
try {
  for (const table of tables) {
    for (const version of readdirSync(join(folder, table, "expected")).toSorted()) {
      versions += 1;
      const name = `${table} ${version}`;
      try {
        await assertVersion(engine, join(folder, table), version);
      } catch (error) {
        failed.add(name);
        process.stdout.write(`WRONG  ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
  }
} finally {
  await engine.close();
}
const right = versions - failed.size;
process.stdout.write(`${right} of ${versions} versions of ${tables.length} tables are right\n`);
process.exitCode = versions > 0 && failed.size === 0 ? 0 : 1;

async function made(): Promise<string> {
  const target = temporary.at("made");
  await makeCases(target, engine);
  return target;
}

function unpack(archive: string): string {
  const target = temporary.at("acceptance-tests");
  mkdirSync(target);
  const { status, stderr, error } = spawnSync("tar", ["-xzf", archive, "-C", target], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${archive} cannot be unpacked: ${stderr}`, { cause: error });
  return target;
}
