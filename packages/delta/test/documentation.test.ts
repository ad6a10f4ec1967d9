import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { promisify } from "node:util";

import { DeltaTable, MergeBuilder } from "../src/index.ts";
import type { DeltaErrorCode, StoreErrorCode } from "../src/index.ts";
import { featureTable } from "../src/protocol/features/feature-table.ts";
import { root } from "../../../test/documentation/blocks.ts";
import { exampleProgram, writeExamples } from "../../../test/documentation/example-program.ts";
import { standInBucket, standInCredentials, startS3StandIn } from "./support/s3-stand-in.ts";
import { temporaryFolder } from "./support/tables.ts";

const run = promisify(execFile);
const document = "packages/delta/README.md";
const documentation = await readFile(join(root, document), "utf8");

/** What comes out, as the examples say: behind `// => `, and in the comments right below one. */
function promisedOutput(program: readonly string[]): readonly string[] {
  let goesOn = false;
  return program.flatMap((line, index) => {
    const text = /\/\/ => (.*)$/.exec(line)?.[1] ?? (goesOn ? /^\/\/ {4}(.*)$/.exec(line)?.[1] : undefined);
    goesOn = text !== undefined;
    return text === undefined ? [] : [`line ${index + 1}: ${text}`];
  });
}

/** A folder with the examples as `examples.ts`. */
async function exampleFolder(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeExamples(folder, document, { replacements: { "s3://my-bucket/": `s3://${standInBucket}/` } });
  return folder;
}

test("the examples run, and what they print is what they say", async (t) => {
  const folder = await exampleFolder(t);
  const { url } = await startS3StandIn(t);
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
  const env = {
    ...Object.fromEntries(others),
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_S3: url,
    AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
    // The copies of S3's data files go where the rest goes.
    TMPDIR: folder,
    NO_COLOR: "1",
  };
  const { stdout } = await run(process.execPath, ["--stack-trace-limit=50", "examples.ts"], {
    cwd: folder,
    env,
  });
  const promised = promisedOutput(exampleProgram(document));
  const lines = stdout.split("\n").slice(0, -1);
  const printed = lines.map(
    (line, index) => `${/^line \d+: /.exec(promised[index] ?? "")?.[0] ?? ""}${line}`,
  );
  assert.deepEqual(printed, promised);
});

test("the examples of tests pass, the suite of stores among them", async (t) => {
  const folder = await temporaryFolder(t);
  await writeExamples(folder, document, { kind: "ts test" });
  // Else it would tell its results to the runner of this test.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await run(process.execPath, ["--test-reporter=tap", "examples.ts"], {
    cwd: folder,
    env: { ...env, TMPDIR: folder },
  });
  assert.match(stdout, /^ok \d+ - my store: put replaces$/m);
  assert.match(stdout, /^ok \d+ - a power cut in the middle/m);
});

test("every method of DeltaTable and every clause of a merge has an example", () => {
  const program = exampleProgram(document).join("\n");
  const ofClasses = [DeltaTable, DeltaTable.prototype, MergeBuilder.prototype].flatMap((owner) =>
    Object.getOwnPropertyNames(owner),
  );
  const isNotForUsers = new Set(["constructor", "prototype", "length", "name"]);
  // Private to TypeScript, and so methods like all others at run time.
  for (const name of ["context", "firstVersionOf", "matched", "notMatched", "notMatchedBySource", "with"])
    isNotForUsers.add(name);
  const missing = ofClasses.filter((name) => !isNotForUsers.has(name) && !program.includes(`.${name}(`));
  assert.deepEqual(missing, []);
});

test("the table of features is what `node scripts/feature-table.ts` writes", () => {
  const written = /<!-- features: begin[^>]*-->\n\n([^]*?)\n\n<!-- features: end -->/.exec(
    documentation,
  )?.[1];
  assert.equal(written, featureTable());
});

test("the table of errors has every code, each once", () => {
  const codes: Readonly<Record<DeltaErrorCode | StoreErrorCode, true>> = {
    TABLE_NOT_FOUND: true,
    TABLE_ALREADY_EXISTS: true,
    VERSION_NOT_FOUND: true,
    CORRUPT_LOG: true,
    UNSUPPORTED_FEATURE: true,
    INVALID_SCHEMA: true,
    SCHEMA_MISMATCH: true,
    INVALID_VALUE: true,
    CONSTRAINT_VIOLATED: true,
    APPEND_ONLY: true,
    AMBIGUOUS_MERGE: true,
    RETENTION_TOO_SHORT: true,
    CHANGE_DATA_NOT_RECORDED: true,
    INVALID_PREDICATE: true,
    INVALID_QUERY: true,
    INVALID_ARGUMENT: true,
    CONCURRENT_WRITE: true,
    CONCURRENT_TRANSACTION: true,
    DATA_FILE_UNREADABLE: true,
    UNSAFE_PATH: true,
    OUT_OF_MEMORY: true,
    INTERRUPTED: true,
    STORAGE_FAILED: true,
    NOT_FOUND: true,
    ALREADY_EXISTS: true,
    IO_FAILED: true,
  };
  const listed = [...documentation.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map((match) => match[1] ?? "");
  assert.deepEqual(listed.toSorted(), Object.keys(codes).toSorted());
});
