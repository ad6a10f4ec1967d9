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

test("all templates that cannot be read are told at once", async () => {
  project({
    "models/a.sql": "select {{ 1 + 'a' }}",
    "models/b.sql": "\n{% if %}",
    "models/c.sql": "select 1",
  });
  const { exitCode, stderr } = await build();
  assert.equal(exitCode, 2);
  assert.match(
    stderr,
    /2 problems:\n.*models\/a\.sql:1: unsupported operand[^\n]*\n.*models\/b\.sql:2: unexpected/,
  );
});

test("a macro that calls itself shows both ends of its calls", async () => {
  project({
    "macros/m.sql": "{% macro deep(n) %}{{ deep(n + 1) }}{% endmacro %}",
    "models/a.sql": "select {{ deep(1) }}",
  });
  const { stderr } = await build();
  assert.match(stderr, /levels deep[^]*… \d+ more …[^]*called by .*models\/a\.sql, line 1/);
  assert.ok(stderr.split("\n").length < 20, stderr);
});

test("an unknown macro, a failing line, an interval and a circle are told by name and place", async () => {
  project({
    "macros/m.sql":
      "{% macro daily_rate() %}1{% endmacro %}\n{% macro made() %}select\n wrong_one{% endmacro %}",
    "models/a.sql": "select {{ daily_rte() }}",
    "models/b.sql": "{{ config(materialized='table') }}\nselect\n  no_such_function(1) as x",
    "models/c.sql": "{{ config(materialized='table') }} select interval 1 day as i",
    "models/d.sql": "{{ made() }} from (select 1 as id)",
  });
  const { stderr } = await build();
  assert.match(stderr, /models\/a\.sql:1: 'daily_rte' is undefined[^]*Did you mean daily_rate\?/);
  assert.match(stderr, /models\/b\.sql:3: .*no_such_function/);
  assert.match(stderr, /models\/c\.sql: .*INTERVAL, which no Delta table holds.*epoch/);
  assert.match(stderr, /models\/d\.sql \(line 2 of its compiled SQL\): .*wrong_one/);
  project({ "models/a.sql": "select * from {{ ref('b') }}", "models/b.sql": "select * from {{ ref('a') }}" });
  assert.match((await build()).stderr, /a \(.*models\/a\.sql\) -> b \(.*models\/b\.sql\)/);
});

test("a hook that changes something is refused before anything is built", async () => {
  project({
    "models/a.sql": `{{ config(materialized='table',\n  post_hook='insert into x values (1)') }} ${a}`,
    "models/b.sql": "select * from {{ ref('a') }}",
    "models/c.sql": "select 1 as id",
  });
  const built = await build();
  assert.match(built.stderr, /models\/a\.sql:2: the post-hook of model a changes something.*insert into x/);
  assert.match(built.stdout, /1 success, 1 error, 1 skipped/);
  project({
    "dbt_project.yml": "name: shop\non-run-end: ['-- all rows\n\n drop table a']\n",
    "models/a.sql": a,
  });
  const refused = await build();
  assert.match(refused.stderr, /the on-run-end changes something/);
  assert.doesNotMatch(refused.stdout, /success/);
});

test("templates see the graph of the project, and the tables of the lake in information_schema", async () => {
  project({
    "models/a.sql": a,
    "models/b.sql": `
-- depends_on: {{ ref('a') }}
{% set found = run_query("select table_name, table_type from lake.information_schema.tables where table_schema = 'silver'") %}
select '{{ found.rows[0][0] if execute }}' as found, '{{ found.rows[0][1] if execute }}' as kind,
  '{{ graph.nodes["model.shop.a"].config.materialized if execute }}' as made, {{ graph.nodes | length if execute else 0 }} as nodes`,
    "models/c.sql": "select * from lake.information_schema.columns",
  });
  const built = await build();
  assert.match(built.stderr, /c: .*information_schema\.columns is not there/);
  const { stdout } = await ffe("sql", "SELECT * FROM b", "--format", "csv");
  assert.equal(stdout.trim().split("\n").at(-1), "a,VIEW,view,3");
});

test("what is left when a run ends early is one line", async () => {
  project({
    "models/a.sql": "{{ config(materialized='table') }} select 1 / nothing",
    ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`models/m${index}.sql`, a])),
  });
  const { stderr } = await build("--fail-fast", "--threads", "1");
  assert.match(stderr, /9 nodes of 10 skipped/);
  assert.doesNotMatch(stderr, /SKIPPED/);
});
