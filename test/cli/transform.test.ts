// A dbt project of a user's own on the command line: what is built, what is refused, and what is said.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { after, beforeEach, test } from "node:test";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

const folder = new TemporaryFolder();

after(() => {
  folder[Symbol.dispose]();
});
beforeEach(() => {
  for (const name of ["shop", "lake"]) rmSync(folder.at(name), { recursive: true, force: true });
});

/** Makes the project `shop` of these files. */
function project(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries({ "dbt_project.yml": "name: shop\n", ...files })) {
    mkdirSync(dirname(folder.at(`shop/${path}`)), { recursive: true });
    writeFileSync(folder.at(`shop/${path}`), text);
  }
}

async function ffe(...args: readonly string[]): Promise<Outcome> {
  const projectFolder = args[0] === "transform" ? ["--project-dir", "shop"] : [];
  return callFfe([...args, ...projectFolder, "--storage", "lake"], { cwd: folder.path });
}

async function build(...args: readonly string[]): Promise<Outcome> {
  return ffe("transform", "build", ...args);
}

const a = "select 1 as id, 'x' as kind";

test("a project is built, and its tables and views are there for all commands, in whatever schema", async () => {
  project({
    "models/a.sql": `{{ config(materialized='table', schema='desk') }} ${a}`,
    "models/b.sql": "select id from {{ ref('a') }}",
    "models/s.yml": "models: [{name: a, columns: [{name: id, data_tests: [not_null, unique]}]}]",
  });
  const built = await build("--store-failures");
  assert.equal(built.exitCode, 0, built.stderr);
  assert.match(built.stdout, /4 nodes in .*: 2 success, 2 pass/);
  const listed = await ffe("table", "list", "--json");
  assert.match(listed.stdout, /silver_desk\.a/, listed.stderr);
  assert.equal((await ffe("sql", "SELECT id FROM b", "--format", "csv")).stdout.trim(), "id\n1");
});

test("only the project's own resources are there, unless it names packages", async () => {
  project({ "models/a.sql": a });
  const { stdout } = await ffe("transform", "list");
  assert.equal(stdout.trim(), "shop.a");
});

test("what cannot be run is refused by its name, and the rest runs", async () => {
  project({
    "models/a.sql": a,
    "models/p.py": "def model(dbt, session): return None",
    "models/c.sql": "{{ config(materialized='table') }} select 1 as id",
    "models/s.yml":
      "models: [{name: c, config: {contract: {enforced: true}}, columns: [{name: id, data_type: integer}]}]",
  });
  const { exitCode, stderr } = await build();
  assert.equal(exitCode, 1);
  assert.match(stderr, /p: .*p is a Python model.*Write it as SQL/);
  assert.match(stderr, /c: .*enforces a contract/);
  assert.match((await ffe("sql", "SELECT id FROM a", "--format", "csv")).stdout, /1/);
});

test("a failure names the file, the line and what to do, and retry goes on from it", async () => {
  project({
    "models/a.sql": "{{ config(materialized='table') }}\nselect\n  nope\nfrom (select 1 as id)",
    "models/b.sql": "select * from {{ ref('a') }}",
    "models/c.sql": "select 2 as id",
  });
  const failed = await build();
  assert.equal(failed.exitCode, 1);
  assert.match(failed.stderr, /models\/a\.sql:3: .*nope[^]*its SQL: .*compiled\/shop\/models\/a\.sql/);
  assert.match(failed.stderr, /ffe transform retry/);
  project({ "models/a.sql": a });
  await ffe("transform", "compile");
  const retried = await ffe("transform", "retry");
  assert.match(retried.stdout, /2 nodes in .*: 2 success/, retried.stderr);
  assert.match((await ffe("transform", "retry")).stdout, /Nothing failed in the last run/);
});

test("a table in the place of a view stays, and the way out is said", async () => {
  project({ "models/a.sql": `{{ config(materialized='table') }} ${a}` });
  assert.equal((await build()).exitCode, 0);
  project({ "models/a.sql": a });
  assert.match((await build()).stderr, /is a table.*--full-refresh/);
  assert.equal((await build("--full-refresh")).exitCode, 0);
});

test("hooks of the run read, and a project that cannot be read is an error of the command line", async () => {
  project({
    "dbt_project.yml":
      "name: shop\non-run-start: ['select 1']\non-run-end: [\"{{ log('the end', info=true) }}\"]\n",
    "models/a.sql": a,
  });
  const built = await build();
  assert.equal(built.exitCode, 0, built.stderr);
  assert.match(built.stderr, /the end/);
  project({ "models/b.sql": "select * from {{ ref('aa') }}" });
  const wrong = await build();
  assert.equal(wrong.exitCode, 2);
  assert.match(wrong.stderr, /aa[^]*did you mean a\?/i);
  assert.equal((await build("--threads", "0")).exitCode, 2);
});

test("a seed whose lines do not fit its header is told in plain words", async () => {
  project({ "seeds/s.csv": "id,v\n1,2\n2,3,4\n" });
  const { stderr } = await build();
  assert.match(stderr, /s\.csv could not be loaded: its lines do not all have as many values/);
});

function model(type: string): string {
  return `{{ config(materialized='incremental', unique_key='id', on_schema_change='sync_all_columns') }} select 1 as id, cast(5 as ${type}) as v`;
}

test("an incremental model takes other types where it is told to", async () => {
  project({ "models/a.sql": model("integer") });
  await build();
  project({ "models/a.sql": model("varchar") });
  const built = await build();
  assert.equal(built.exitCode, 0, built.stderr);
  assert.match((await ffe("sql", "SELECT typeof(v) AS t FROM a", "--format", "csv")).stdout, /VARCHAR/);
});
