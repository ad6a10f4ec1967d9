import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "../project/support/written-project.ts";

test("refs and sources in macros are the model's, and the macros that it calls itself are known", (context) => {
  const project = load(context, {
    "models/a.sql": "select 1",
    "models/b.sql": "{{ both('a') }} {{ config(schema=var('layer')) }}",
    "macros/both.sql":
      "{% macro both(name) %}{{ inner(name) }} {{ source('raw', 't') }}{% endmacro %}{% macro inner(name) %}{{ return(ref(name)) }}{% endmacro %}",
    "models/s.yml": "sources: [{name: raw, tables: [{name: t}]}]",
    "dbt_project.yml": "name: shop\nvars: {layer: gold}",
  });
  const b = project.nodes.get("model.shop.b");
  assert.deepEqual(b?.dependsOn, {
    nodes: ["model.shop.a", "source.shop.raw.t"],
    macros: ["macro.shop.both"],
  });
  assert.equal(b?.schema, "main_gold");
});

test("a ref that only a run reaches is not there, unless a comment names it", (context) => {
  const project = load(context, {
    "models/a.sql": "select 1",
    "models/b.sql": "{% if execute %}{{ ref('a') }}{% endif %}",
    "models/c.sql": "-- depends_on: {{ ref('a') }}\n{% if execute %}{{ ref('a') }}{% endif %}",
  });
  assert.deepEqual(project.nodes.get("model.shop.b")?.dependsOn.nodes, []);
  assert.deepEqual(project.nodes.get("model.shop.c")?.dependsOn.nodes, ["model.shop.a"]);
});

test("dispatched macros are looked for in the project first, and for this engine first", (context) => {
  const project = load(context, {
    "packages.yml": "packages: [{local: tools}]",
    "tools/dbt_project.yml": "name: tools",
    "tools/macros/pick.sql": `
{% macro pick() %}{{ return(adapter.dispatch('pick', 'tools')()) }}{% endmacro %}
{% macro default__pick() %}{{ return(ref('a')) }}{% endmacro %}
{% macro duckdb__pick() %}{{ return(ref('b')) }}{% endmacro %}
`,
    "macros/pick.sql": "{% macro ffe__pick() %}{{ return(ref('c')) }}{% endmacro %}",
    "models/a.sql": "select 1",
    "models/b.sql": "select 1",
    "models/c.sql": "select 1",
    "models/d.sql": "{{ tools.pick() }}",
  });
  assert.deepEqual(project.nodes.get("model.shop.d")?.dependsOn.nodes, ["model.shop.c"]);
});

test("a project's own macros name schemas and relations", (context) => {
  const project = load(context, {
    "macros/names.sql": `
{% macro default__generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name or target.schema }}{% endmacro %}
{% macro generate_alias_name(custom_alias_name=none, node=none) %}{{ node.name }}_{{ node.resource_type }}{% endmacro %}
`,
    "models/a.sql": "{{ config(schema='gold') }} select 1",
  });
  assert.equal(project.nodes.get("model.shop.a")?.relationName, '"lake"."gold"."a_model"');
});

test("files of a project are templates, too", (context) => {
  const project = load(
    context,
    {
      "dbt_project.yml":
        "name: shop\nmodels: {shop: {+schema: \"{{ env_var('LAYER') }}\", +enabled: \"{{ var('on') | as_bool }}\"}}",
      "models/a.sql": "select 1",
      "models/s.yml":
        "sources: [{name: raw, schema: \"{{ target.name }}_{{ var('days', 7) }}\", tables: [{name: t}]}]",
    },
    { vars: new Map([["on", true]]) },
  );
  assert.equal(project.nodes.get("model.shop.a")?.schema, "main_silver");
  assert.equal(project.sources.get("source.shop.raw.t")?.schema, "dev_7");
});

test("tests of the project take what their arguments refer to", (context) => {
  const project = load(context, {
    "tests/generic/same.sql":
      "{% test same(model, other, column_name) %}{{ config(severity='warn') }} select * from {{ model }} join {{ other }}{% endtest %}",
    "models/a.sql": "select 1",
    "models/b.sql": "select 1",
    "models/s.yml":
      "models: [{name: a, columns: [{name: id, data_tests: [{same: {arguments: {other: ref('b')}}}]}]}]",
  });
  const same = [...project.nodes.values()].find(({ resourceType }) => resourceType === "test");
  assert.deepEqual(same?.dependsOn, {
    nodes: ["model.shop.b", "model.shop.a"],
    macros: ["macro.shop.test_same"],
  });
  assert.equal(same?.config.get("severity"), "warn");
});

test("what only a run can answer does not keep a project from being read", (context) => {
  const project = load(context, {
    "models/a.sql": "select 1",
    "models/b.sql": `
{% set rows = run_query('select 1') %}
{% for row in rows.columns[0].values() %}{{ row + 1 }}{% endfor %}
{% do dbt.something(dbt.type_string()) %}
{% if is_incremental() %}{{ ref('never') }}{% endif %}
{% set columns = adapter.get_columns_in_relation(ref('a')) %}
{{ api.Relation.create(schema='x').render() ~ modules.re.sub('a', 'b', 'c') }}
`,
  });
  assert.deepEqual(project.nodes.get("model.shop.b")?.dependsOn.nodes, ["model.shop.a"]);
});

test("an error in a template has the file, the line and the macros around it", (context) => {
  const wrong: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ "models/a.sql": "\n\nselect {{ 1 +" }, /models\/a\.sql:3: .*expected an expression/],
    [
      {
        "models/a.sql": "select\n{{ fail() }}",
        "macros/f.sql": "{% macro fail() %}\n{{ exceptions.raise_compiler_error('no rows') }}{% endmacro %}",
      },
      /no rows[\s\S]*macros\/f\.sql, line 2[\s\S]*models\/a\.sql, line 2/,
    ],
    [{ "models/a.sql": "{{ ref() }}" }, /models\/a\.sql:1: .*ref/],
    [
      { "models/s.yml": "\nmodels: [{name: \"{{ env_var('NONE') }}\"}]" },
      /models\/s\.yml:2: the environment variable 'NONE' is not set/,
    ],
    [
      { "dbt_project.yml": "name: shop\nmodels:\n  +schema: \"{{ var('x') }}\"" },
      /variable 'x' is not set[\s\S]*dbt_project\.yml/,
    ],
  ];
  for (const [files, message] of wrong) assert.throws(() => load(context, files), { message });
});
