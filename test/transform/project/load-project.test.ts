import assert from "node:assert/strict";
import { test } from "node:test";

import { plainToJson } from "../../../src/transform/project/plain.ts";
import type { Project } from "../../../src/transform/project/project.ts";
import { load } from "./support/written-project.ts";

const configOf = (project: Project, id: string, name: string): unknown =>
  plainToJson(project.nodes.get(id)?.config.get(name) ?? null);

test("models, seeds, snapshots, tests, sources and exposures have dbt's ids and depend on each other", (context) => {
  const project = load(context, {
    "models/staging/stg_orders.sql":
      "select * from {{ source('raw', 'orders') }} join {{ ref('countries') }} using (code)",
    "models/orders.sql": "select * from {{ ref('stg_orders') }}",
    "seeds/countries.csv": "code\nde\n",
    "snapshots/history.sql":
      "{% snapshot order_history %}{{ config(unique_key='id', strategy='timestamp', updated_at='at') }} select * from {{ ref('orders') }}{% endsnapshot %}",
    "tests/no_losses.sql": "select * from {{ ref('orders') }} where amount < 0",
    "analyses/look.sql": "select 1",
    "models/schema.yml": `
sources:
  - name: raw
    schema: bronze
    tables: [{name: orders, identifier: raw_orders}]
models:
  - name: orders
    columns: [{name: id, data_tests: [not_null]}]
snapshots:
  - name: country_history
    relation: ref('countries')
    config: {unique_key: code, strategy: check, check_cols: all}
exposures:
  - {name: board, type: dashboard, owner: {name: desk}, depends_on: ["ref('orders')", "source('raw', 'orders')"]}
`,
  });
  assert.deepEqual(project.graph.order, [
    "analysis.shop.look",
    "seed.shop.countries",
    "source.shop.raw.orders",
    "model.shop.stg_orders",
    "snapshot.shop.country_history",
    "model.shop.orders",
    "exposure.shop.board",
    "snapshot.shop.order_history",
    "test.shop.no_losses",
    "test.shop.not_null_orders_id.84ef11d8fe",
  ]);
  assert.deepEqual(project.graph.parentsOf("model.shop.stg_orders"), [
    "seed.shop.countries",
    "source.shop.raw.orders",
  ]);
  assert.deepEqual(project.graph.childrenOf("model.shop.orders"), [
    "exposure.shop.board",
    "snapshot.shop.order_history",
    "test.shop.no_losses",
    "test.shop.not_null_orders_id.84ef11d8fe",
  ]);
  assert.equal(project.sources.get("source.shop.raw.orders")?.relationName, '"lake"."bronze"."raw_orders"');
  assert.equal(project.nodes.get("model.shop.orders")?.relationName, '"lake"."main"."orders"');
  assert.deepEqual(project.nodes.get("snapshot.shop.order_history")?.fqn, [
    "shop",
    "history",
    "order_history",
  ]);
  assert.deepEqual(
    project.nodes.get("snapshot.shop.country_history")?.rawCode,
    "select * from {{ ref('countries') }}",
  );
});

test("a template's config is stronger than properties, and those are stronger than dbt_project.yml", (context) => {
  const project = load(context, {
    "dbt_project.yml": `
name: shop
models:
  +tags: [all]
  +meta: {owner: desk, tier: 1}
  +materialized: view
  shop:
    marts: {+materialized: table, +tags: mart, +pre-hook: "select 1", schema: gold}
`,
    "models/marts/a.sql": "{{ config(materialized='incremental', tags=['own'], meta={'tier': 3}) }} select 1",
    "models/marts/b.sql": "select 1",
    "models/c.sql": "select 1",
    "models/schema.yml": `
models:
  - {name: a, meta: {tier: 2, seen: true}, config: {materialized: view, tags: properties, post_hook: [select 2]}}
`,
  });
  const a = "model.shop.a";
  assert.equal(configOf(project, a, "materialized"), "incremental");
  assert.deepEqual(configOf(project, a, "tags"), ["all", "mart", "properties", "own"]);
  assert.deepEqual(configOf(project, a, "meta"), { owner: "desk", tier: 3, seen: true });
  assert.deepEqual(project.nodes.get(a)?.config.preHooks, [{ sql: "select 1", transaction: true }]);
  assert.deepEqual(project.nodes.get(a)?.config.postHooks, [{ sql: "select 2", transaction: true }]);
  assert.equal(project.nodes.get(a)?.relationName, '"lake"."main_gold"."a"');
  assert.equal(configOf(project, "model.shop.b", "materialized"), "table");
  assert.equal(configOf(project, "model.shop.c", "materialized"), "view");
});

test("generic tests have the names and ids that dbt gives them", (context) => {
  // The expected ids were made by dbt-core 1.11.
  const project = load(context, {
    "models/order_items.sql": "select 1",
    "models/orders.sql": "select 1",
    "models/schema.yml": `
models:
  - name: order_items
    columns:
      - name: order_id
        data_tests:
          - not_null
          - relationships: {to: ref('orders'), field: order_id}
          - accepted_values: {arguments: {values: [1, 2.0, yes, "de", null]}}
          - accepted_values:
              arguments: {values: [placed, shipped, completed, returned, sent_back_to_the_sender]}
              config: {severity: warn, where: "amount > 0"}
          - unique: {name: my_test}
`,
    "macros/positive.sql": "{% test positive(model, column_name) %}select 1{% endtest %}",
  });
  const tests = [...project.nodes.values()].filter(({ resourceType }) => resourceType === "test");
  assert.deepEqual(
    tests.map(({ uniqueId }) => uniqueId),
    [
      "test.shop.not_null_order_items_order_id.0207cf2b74",
      "test.shop.relationships_order_items_order_id__order_id__ref_orders_.a799023ee8",
      "test.shop.accepted_values_order_items_order_id__1__2_0__True__de__None.3210292cfa",
      "test.shop.accepted_values_order_items_order_id__placed__shipped__completed__returned__sent_back_to_the_sender.1c2b66dc1c",
      "test.shop.my_test.106172e5af",
    ],
  );
  const long = tests[3];
  assert.equal(long?.alias, "accepted_values_order_items_a7adeb17fb8ee5f6d276dacf7d3d2ee5");
  assert.equal(long?.config.get("severity"), "warn");
  assert.deepEqual(tests[1]?.dependsOn.nodes, ["model.shop.orders", "model.shop.order_items"]);
});

test("properties of a seed below models are its own, with a warning", (context) => {
  const project = load(context, {
    "seeds/countries.csv": "code\nde\n",
    "models/schema.yml": `
models:
  - name: countries
    description: of the world
    columns: [{name: code, data_tests: [not_null]}]
`,
  });
  assert.equal(project.nodes.get("seed.shop.countries")?.description, "of the world");
  assert.ok([...project.nodes.keys()].some((id) => id.startsWith("test.shop.not_null_countries_code.")));
  assert.match(project.warnings.join("\n"), /schema\.yml.*countries.*below seeds/);
});

test("versions of a model are models of their own, and ref finds the latest one", (context) => {
  const project = load(context, {
    "models/dim_v1.sql": "select 1 as a",
    "models/dim_v2.sql": "select 1 as a",
    "models/next.sql": "select 1 as a",
    "models/uses.sql": "select * from {{ ref('dim') }} join {{ ref('dim', v=1) }} using (a)",
    "models/schema.yml": `
models:
  - name: dim
    latest_version: 2
    columns: [{name: a, data_tests: [unique]}, {name: b}]
    versions:
      - {v: 1, columns: [{include: all, exclude: [b]}]}
      - {v: 2}
      - {v: 3, defined_in: next, config: {materialized: table}}
`,
  });
  assert.deepEqual(project.nodes.get("model.shop.uses")?.dependsOn.nodes, [
    "model.shop.dim.v2",
    "model.shop.dim.v1",
  ]);
  assert.deepEqual(project.nodes.get("model.shop.dim.v3")?.fqn, ["shop", "dim", "v3"]);
  assert.equal(project.nodes.get("model.shop.dim.v3")?.alias, "dim_v3");
  assert.deepEqual([...(project.nodes.get("model.shop.dim.v1")?.columns.keys() ?? [])], ["a"]);
  assert.equal([...project.nodes.keys()].filter((id) => id.startsWith("test.shop.unique_dim_v")).length, 3);
});

test("a disabled model takes its tests with it, and a model that needs it is an error", (context) => {
  const files = {
    "models/a.sql": "{{ config(enabled=false) }} select 1",
    "models/schema.yml": "models: [{name: a, data_tests: [{unique: {column_name: id}}]}]",
  };
  const project = load(context, files);
  assert.deepEqual([...project.nodes.keys()], []);
  assert.deepEqual(
    new Set([...project.disabled.keys()].map((id) => id.split(".")[0])),
    new Set(["model", "test"]),
  );
  assert.throws(() => load(context, { ...files, "models/b.sql": "select * from {{ ref('a') }}" }), {
    code: "MISSING_RESOURCE",
    message: /models\/b\.sql:1: model b depends on ref\('a'\), which is disabled/,
  });
});

test("freshness is merged from the source, its config, the table and its config", (context) => {
  const project = load(context, {
    "models/sources.yml": `
sources:
  - name: raw
    loaded_at_field: at
    freshness: {warn_after: {count: 6, period: hour}, error_after: {count: 1, period: day}}
    tables:
      - {name: plain}
      - {name: strict, config: {freshness: {warn_after: {count: 5, period: minute}}, loaded_at_field: written_at}}
      - {name: never, freshness: null}
`,
  });
  const of = (table: string): unknown => project.sources.get(`source.shop.raw.${table}`)?.freshness;
  const day = { count: 1, period: "day" };
  assert.deepEqual(of("plain"), { warnAfter: { count: 6, period: "hour" }, errorAfter: day, filter: null });
  assert.deepEqual(of("strict"), {
    warnAfter: { count: 5, period: "minute" },
    errorAfter: day,
    filter: null,
  });
  assert.equal(of("never"), null);
  assert.equal(project.sources.get("source.shop.raw.strict")?.loadedAtField, "written_at");
  assert.equal(project.sources.get("source.shop.raw.plain")?.loadedAtField, "at");
});

test("a package's models can be configured and referred to by the project", (context) => {
  const project = load(context, {
    "dbt_project.yml":
      "name: shop\nmodels: {ffe: {+schema: silver, bars: {+materialized: table}}}\nvars: {ffe: {days: 9}}",
    "packages.yml": "packages: [{local: lake}]",
    "lake/dbt_project.yml": "name: ffe\nvars: {days: 7, limit: 1}\nmodels: {+materialized: incremental}",
    "lake/models/bars/bars.sql": "{{ config(days=var('days'), limit=var('limit')) }} select 1",
    "models/mine.sql": "select * from {{ ref('ffe', 'bars') }} join {{ ref('bars') }} using (a)",
  });
  const bars = "model.ffe.bars";
  assert.equal(configOf(project, bars, "materialized"), "table");
  assert.equal(configOf(project, bars, "schema"), "silver");
  assert.equal(configOf(project, bars, "days"), 9);
  assert.equal(configOf(project, bars, "limit"), 1);
  assert.deepEqual(project.nodes.get("model.shop.mine")?.dependsOn.nodes, [bars]);
});

test("descriptions take docs blocks, of models, columns and sources", (context) => {
  const project = load(context, {
    "models/docs.md":
      "{% docs price %}\nIn **euro**.\n{% enddocs %}\n{% docs orders %} All orders {% enddocs %}",
    "models/orders.sql": "select 1",
    "models/schema.yml": `
models: [{name: orders, description: "{{ doc('orders') }}", columns: [{name: price, description: "Price: {{ doc('shop', 'price') }}"}]}]
`,
  });
  const orders = project.nodes.get("model.shop.orders");
  assert.equal(orders?.description, "All orders");
  assert.equal(orders?.columns.get("price")?.description, "Price: In **euro**.");
});

test("what this engine does not run is in the project with the reason, and the rest can be run", (context) => {
  const project = load(context, {
    "models/python.py": "def model(dbt, session): ...",
    "models/own.sql": "{{ config(materialized='mine') }} select 1",
    "models/batch.sql":
      "{{ config(materialized='incremental', incremental_strategy='microbatch') }} select 1",
    "models/kept.sql": "select 1",
    "models/held.sql": "select 1",
    "models/schema.yml": `
unit_tests: [{name: u, model: kept}]
semantic_models: [{name: s}]
models:
  - name: held
    config: {contract: {enforced: true}}
    columns: [{name: a, data_type: int, constraints: [{type: not_null}]}]
`,
  });
  assert.deepEqual([...project.refusals.keys()].toSorted(), [
    "model.shop.batch",
    "model.shop.held",
    "model.shop.own",
    "model.shop.python",
  ]);
  assert.match(
    project.refusals.get("model.shop.python")?.message ?? "",
    /models\/python\.py:1: python is a Python model/,
  );
  assert.deepEqual(
    project.warnings.map((warning) => warning.replace(/^.*?models\/schema/, "models/schema")),
    [
      "models/schema.yml:2: unit tests are not supported and are passed over; dbt-core can run them",
      "models/schema.yml:3: semantic models are not supported and are passed over; dbt-core can run them",
    ],
  );
});
