import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import * as z from "zod";

import { packageVersion } from "../src/version.ts";
import { temporaryFolder } from "./support/tables.ts";

const root = join(import.meta.dirname, "../../..");
const dependenciesOf = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });
const manifest = dependenciesOf.parse(readJson("packages/delta/package.json"));
const product = dependenciesOf.parse(readJson("package.json"));

/** A project elsewhere that has the packed engine and what it depends on, and nothing else: no S3 client either. */
async function projectWithEngine(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  execFileSync("npm", ["run", "-s", "build", "-w", "packages/delta"], { cwd: root, stdio: "pipe" });
  const packing = ["pack", "--silent", "./packages/delta/dist", "--pack-destination", folder];
  const tarball = execFileSync("npm", packing, { cwd: root, encoding: "utf8" }).trim();
  const home = join(folder, "node_modules/finance-feedback-delta");
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, tarball), "--strip-components=1", "-C", home]);
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(join(folder, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}

test("the packed engine works without the product, and says what tables in S3 need", async (t) => {
  const folder = await projectWithEngine(t);
  writeFileSync(
    join(folder, "use.mts"),
    `import { DeltaTable, field, openStore, structType } from "finance-feedback-delta";
import { LakehouseError } from "finance-feedback-delta/contract";
await using table = await DeltaTable.create("prices", { schema: structType([field("close", "decimal(18,8)")]) });
await table.append({ rows: [{ close: "42500.5" }] });
const error = await openStore("s3://bucket/table").listNames("").catch((thrown: unknown) => thrown);
const rows = await (await table.scan()).rows();
const [entry] = await table.history();
if (!(error instanceof LakehouseError)) throw new Error("no LakehouseError");
console.log(JSON.stringify([rows, entry?.engineInfo, error.message, error.nextStep]));
`,
  );
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2024"];
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const node = (...args: string[]) =>
    execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
  node(compiler, ...options, "--lib", "es2024,esnext.disposable", ...types, "use.mts");
  assert.deepEqual(JSON.parse(node("use.mts")), [
    [{ close: "42500.50000000" }],
    `finance-feedback-delta/${manifest.version}`,
    "Tables at s3:// need the package @aws-sdk/client-s3, which is not installed",
    "npm install @aws-sdk/client-s3",
  ]);
});

test("the version that commits are signed with is the package's", () => {
  assert.equal(packageVersion, manifest.version);
});

test("the product brings all that the engine depends on, in the same versions", () => {
  assert.deepEqual({ ...product.dependencies, ...manifest.dependencies }, product.dependencies);
});

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}
