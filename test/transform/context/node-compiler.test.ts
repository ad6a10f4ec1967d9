import assert from "node:assert/strict";
import { test } from "node:test";

import { Column } from "../../../src/transform/context/column.ts";
import { NodeCompiler } from "../../../src/transform/context/node-compiler.ts";
import type { Invocation } from "../../../src/transform/context/invocation.ts";
import { renderAnswered, type TemplateEngine } from "../../../src/transform/context/query-request.ts";
import { QueryTable } from "../../../src/transform/context/query-table.ts";
import { str } from "../../../src/transform/jinja/printing.ts";
import { ProjectError } from "../../../src/transform/project/project-error.ts";
import { emptyEngine } from "./support/engines.ts";
import { invocation, projectOf } from "./support/project-files.ts";

async function compiledModel(
  files: Readonly<Record<string, string>>,
  engine: Partial<TemplateEngine> = {},
  given: Partial<Invocation> = {},
): Promise<string> {
  const project = projectOf(files, given);
  const node = project.nodes.get("model.own.m");
  assert.ok(node !== undefined);
  const compiler = new NodeCompiler(project, { ...invocation, ...given });
  const compile = () =>
    renderAnswered((answers) => compiler.compile(node, answers), { ...emptyEngine, ...engine });
  return (await compile()).sql;
}

test("a query in a template is asked once, and its rows are read by column, by row and by name", async () => {
  const asked: string[] = [];
  const source = [
    "{% set results = run_query('select a, b from t') %}",
    "{% if execute %}{{ results.columns[0].values() | join(',') }} {{ results.columns['b'].name }}",
    "{% for row in results %}{{ row['B'] }}{{ row.a }}{{ row[1] }} {% endfor %}",
    "{{ results.rows | length }} {{ results.column_names | join }}{% endif %}",
  ].join("\n");
  const query = (sql: string) => {
    asked.push(sql);
    const columns = ["a", "b"].map((name) => ({ name, type: "INTEGER" }));
    return Promise.resolve(
      new QueryTable(columns, [
        [1n, "x"],
        [2n, "y"],
      ]),
    );
  };
  assert.equal(await compiledModel({ "models/m.sql": source }, { query }), "\n1,2 b\nx1x y2y \n2 ab");
  assert.deepEqual(asked, ["select a, b from t"]);
});

test("a statement keeps its rows for load_result", async () => {
  const source =
    "{% call statement('s', fetch_result=true) %}select 1{% endcall %}{% if execute %}{{ load_result('s')['data'][0][0] }}{% endif %}";
  const seven = new QueryTable([{ name: "x", type: "INTEGER" }], [[7n]]);
  assert.equal(await compiledModel({ "models/m.sql": source }, { query: () => Promise.resolve(seven) }), "7");
});

test("a template that asks without end is stopped", async () => {
  const source = "{% for i in range(200) %}{% set r = run_query('select ' ~ i) %}{% endfor %}";
  await assert.rejects(compiledModel({ "models/m.sql": source }), /asks for more than 100 queries/);
});

test("columns of a relation come from the engine, and are none while the project is read", async () => {
  const source =
    "{% for c in adapter.get_columns_in_relation(this) %}{{ c.name }}:{{ c.data_type }}:{{ c.is_numeric() }}:{{ c.is_string() }} {% endfor %}";
  const found = [new Column("id", "DECIMAL(18,8)"), new Column("name", "VARCHAR")];
  assert.equal(
    await compiledModel({ "models/m.sql": source }, { columns: () => Promise.resolve(found) }),
    "id:DECIMAL(18,8):True:False name:VARCHAR:False:True ",
  );
});

const incremental = "{{ config(materialized='incremental') }}{{ is_incremental() }}";

const relationType: TemplateEngine["relationType"] = () => Promise.resolve("table");

test("a model is incremental when its table exists, and no full refresh is asked for", async () => {
  const files = { "models/m.sql": incremental };
  assert.equal(await compiledModel(files), "False");
  assert.equal(await compiledModel(files, { relationType }), "True");
  assert.equal(await compiledModel(files, { relationType: () => Promise.resolve("view") }), "False");
  const flags = new Map([["FULL_REFRESH", true]]);
  assert.equal(await compiledModel(files, { relationType }, { flags }), "False");
  assert.equal(
    await compiledModel(
      { "models/m.sql": incremental.replace("')", "', full_refresh=false)") },
      { relationType },
      { flags },
    ),
    "True",
  );
});

function made(prefix: string): string {
  return `{% macro ${prefix}__f() %}${prefix}{% endmacro %}`;
}

test("dispatch looks for ffe__, then duckdb__, then default__", async () => {
  const call = "{% macro f() %}{{ return(adapter.dispatch('f', 'own')()) }}{% endmacro %}";
  const compiled = (...prefixes: string[]) =>
    compiledModel({ "models/m.sql": "{{ f() }}", "macros/m.sql": [call, ...prefixes.map(made)].join("\n") });
  assert.equal(await compiled("default", "duckdb", "ffe"), "ffe");
  assert.equal(await compiled("default", "duckdb", "spark"), "duckdb");
  assert.equal(await compiled("default"), "default");
  await assert.rejects(compiled("spark"), (error) => {
    assert.ok(error instanceof ProjectError);
    assert.match(error.nextStep ?? "", /own\.ffe__f, own\.duckdb__f, own\.default__f/);
    return true;
  });
});

test("dispatch takes other macros where the command says which come first", async () => {
  const files = {
    "models/m.sql": "{{ adapter.dispatch('f', 'own')() }}",
    "macros/m.sql": ["default", "duckdb", "ffe"].map(made).join("\n"),
  };
  assert.equal(await compiledModel(files, {}, { macroPrefixes: ["duckdb", "default"] }), "duckdb");
  assert.equal(await compiledModel(files, {}, { macroPrefixes: ["default"] }), "default");
});

test("a project replaces a macro of dbt by dispatch, and one of the context by its name", async () => {
  const macros =
    "{% macro duckdb__hash(field) %}own_hash({{ field }}){% endmacro %}\n{% macro ref(name) %}r:{{ name }}:{{ builtins.ref(name).identifier }}{% endmacro %}";
  const files = {
    "macros/m.sql": macros,
    "models/m.sql": "{{ dbt.hash('x') }} {{ ref('other') }}",
    "models/other.sql": "select 1",
  };
  assert.equal(await compiledModel(files), "own_hash(x) r:other:other");
});

test("methods of the engine are asked with their arguments", async () => {
  const source = "{{ adapter.ffe_indicators('select 1', {'period': 14}) }}";
  const asked: string[] = [];
  const method: TemplateEngine["method"] = (name, args) => {
    asked.push([name, ...args.map(str)].join(" "));
    return Promise.resolve("session_table");
  };
  assert.equal(await compiledModel({ "models/m.sql": source }, { method }), "session_table");
  assert.deepEqual(asked, ["ffe_indicators select 1 {'period': 14}"]);
});

const failures: Readonly<Record<string, readonly [source: string, message: RegExp]>> = {
  "a ref that hides behind execute": [
    "{% if execute %}{{ ref('other') }}{% endif %}",
    /uses ref\('other'\), which was not found when the project was read\n {2}in .*m\.sql, line 1/,
  ],
  "a missing variable": [
    "{% if execute %}{{ var('nosuch') }}{% endif %}",
    /the variable 'nosuch' is not set for package own/,
  ],
  "an undefined macro": ["\n{{ nosuch() }}", /'nosuch' is undefined\n {2}in .*m\.sql, line 2/],
  "a macro of the project that refuses": [
    "{% if execute %}{{ exceptions.raise_compiler_error('not so') }}{% endif %}",
    /not so\n {2}in .*m\.sql, line 1/,
  ],
  "a secret": [
    "{% if execute %}{{ env_var('DBT_ENV_SECRET_X', 'd') }}{% endif %}",
    /the secret DBT_ENV_SECRET_X cannot be read/,
  ],
  "an unset environment variable": [
    "{% if execute %}{{ env_var('NOSUCH') }}{% endif %}",
    /'NOSUCH' is not set/,
  ],
  "a config that is required": [
    "{% if execute %}{{ config.require('nosuch') }}{% endif %}",
    /lacks the config 'nosuch'/,
  ],
  "a dispatch with a dot": ["{{ adapter.dispatch('own.f')() }}", /has a dot/],
};

for (const [title, [source, message]] of Object.entries(failures)) {
  test(`${title}: an error that says so`, async () => {
    await assert.rejects(compiledModel({ "models/m.sql": source, "models/other.sql": "select 1" }), message);
  });
}

test("an environment variable that is set is read", async () => {
  assert.equal(await compiledModel({ "models/m.sql": "{{ env_var('SET_VARIABLE') }}" }), "value");
});

test("the moments of an invocation are the same in all templates", async () => {
  const source =
    "{{ run_started_at }} {{ run_started_at.strftime('%Y%m%d') }} {{ modules.datetime.datetime.now().isoformat() }} {{ invocation_id[:8] }}";
  assert.equal(
    await compiledModel({ "models/m.sql": source }),
    "2026-01-02 03:04:05+00:00 20260102 2026-01-02T03:04:05 11111111",
  );
});
