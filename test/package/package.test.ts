import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as z from "zod";

import { TemporaryFolder } from "../temporary-folder.ts";
import { unexportedTypes } from "./public-types.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = new TemporaryFolder();
const manifest = z
  .object({ version: z.string(), dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(`${root}/package.json`, "utf8")));

/** A project elsewhere that has the packed package, and its dependencies from this checkout: no network is needed. */
before(() => {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder.path], { cwd: root, stdio: "pipe" });
  const tarball = readdirSync(folder.path).find((name) => name.endsWith(".tgz"));
  assert.ok(tarball !== undefined);
  const home = folder.at("node_modules/finance-feedback-pipelines");
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["-xzf", folder.at(tarball), "--strip-components=1", "-C", home]);
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(folder.at("node_modules", name, ".."), { recursive: true });
    symlinkSync(`${root}/node_modules/${name}`, folder.at("node_modules", name));
  }
});

after(() => {
  folder[Symbol.dispose]();
});

test("the package holds compiled code with declarations, and nothing else of the project", () => {
  const home = folder.at("node_modules/finance-feedback-pipelines");
  assert.deepEqual(readdirSync(home).toSorted(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "bin",
    "dist",
    "docs",
    "package.json",
    "packages",
  ]);
  const files = readdirSync(`${home}/dist/delta`);
  assert.ok(files.includes("index.js") && files.includes("index.d.ts"));
});

test("its command runs from the package", () => {
  const bin = folder.at("node_modules/finance-feedback-pipelines/bin/ffe.js");
  assert.equal(run([bin, "--version"]).trim(), manifest.version);
  const result = z
    .object({ rows_ingested: z.number() })
    .parse(
      JSON.parse(
        run([
          bin,
          "backfill",
          "--provider",
          "demo",
          "--assets",
          "BTCUSD",
          "--days",
          "1",
          "--end",
          "2026-01-08",
          "--json",
        ]),
      ),
    );
  assert.equal(result.rows_ingested, 1440 + 288 + 96 + 24 + 6 + 1);
});

test("the entry points can be imported, with their types", () => {
  writeFileSync(
    folder.at("use.mts"),
    `import { DeltaLakeManager } from "finance-feedback-pipelines";
import { DeltaTable, field, structType } from "finance-feedback-pipelines/delta";
import { storeConformance } from "finance-feedback-pipelines/delta/testing";
import { rsi } from "finance-feedback-pipelines/indicators";
const strength: Float64Array = rsi([1, 2, 3, 2], { period: 2 });
const table = await DeltaTable.create("prices", { schema: structType([field("close", "decimal(18,8)")]) });
await table.append({ rows: [{ close: "42500.5" }] });
const rows: readonly Readonly<Record<string, unknown>>[] = await (await table.scan()).rows();
await table.engine.close();
console.log(JSON.stringify(rows), typeof DeltaLakeManager, typeof storeConformance, strength.at(-1));
`,
  );
  const tsc = [
    `${root}/node_modules/typescript/bin/tsc`,
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--skipLibCheck",
  ];
  run([...tsc, "--types", "node", "--typeRoots", `${root}/node_modules/@types`, "use.mts"]);
  assert.equal(run(["use.mts"]).trim(), '[{"close":"42500.50000000"}] function function 50');
});

test("every type that a public signature names is exported with it", () => {
  const dist = folder.at("node_modules/finance-feedback-pipelines/dist");
  assert.deepEqual(unexportedTypes(`${dist}/index.d.ts`), []);
  assert.deepEqual(unexportedTypes(`${dist}/delta/index.d.ts`), []);
  assert.deepEqual(unexportedTypes(`${dist}/indicators/index.d.ts`), []);
  // The engine's own entry point exports these two.
  assert.deepEqual(unexportedTypes(`${dist}/delta/testing/index.d.ts`), [
    "FileSystem, of CrashingFileSystem",
    "ObjectStore, of storeConformance",
  ]);
});

test("require() takes both entry points", () => {
  writeFileSync(
    folder.at("use.cjs"),
    `const { DeltaLakeManager, LakehouseError } = require("finance-feedback-pipelines");
const delta = require("finance-feedback-pipelines/delta");
console.log(typeof DeltaLakeManager, typeof delta.DeltaTable, delta.LakehouseError === LakehouseError);
`,
  );
  assert.equal(run(["use.cjs"]).trim(), "function function true");
});

for (const [module, resolution] of [
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
] as const)
  test(`the types are right for a project with module ${module} and moduleResolution ${resolution}`, () => {
    writeFileSync(
      folder.at("types.mts"),
      `import { DeltaError, DeltaLakeManager, LakehouseError } from "finance-feedback-pipelines";
import type { CandleRow } from "finance-feedback-pipelines";
export async function closes(): Promise<string[]> {
  const lake = new DeltaLakeManager({ storagePath: "lake" });
  const rows = await (await lake.readTable<CandleRow>({ tableName: "raw_market_data_1h" })).rows();
  return rows.map((row) => row.close);
}
export const base: typeof LakehouseError = LakehouseError;
export const own: boolean = new DeltaError("INVALID_ARGUMENT", "x") instanceof base;
`,
    );
    const options = `--noEmit --strict --skipLibCheck --target es2024 --types node --module ${module} --moduleResolution ${resolution}`;
    const typeRoots = ["--typeRoots", `${root}/node_modules/@types`];
    run([`${root}/node_modules/typescript/bin/tsc`, ...options.split(" "), ...typeRoots, "types.mts"]);
  });

test("there is no source map without its source", () => {
  const dist = folder.at("node_modules/finance-feedback-pipelines/dist");
  const maps = readdirSync(dist, { recursive: true }).filter((name) => String(name).endsWith(".map"));
  assert.deepEqual(maps, []);
});

test("the version that the engine signs with is the package's", async () => {
  const { packageVersion } = await import("../../src/version.ts");
  assert.equal(packageVersion, manifest.version);
});

function run(args: readonly string[]): string {
  return execFileSync(process.execPath, [...args], { cwd: folder.path, encoding: "utf8" });
}
