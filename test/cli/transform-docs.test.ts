// The page of a dbt project, and the catalog that dbt's tools read, as `ffe transform docs` makes them.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { after, beforeEach, test } from "node:test";

import { TemporaryFolder } from "../temporary-folder.ts";
import { writtenFiles } from "../written-files.ts";
import { callFfe } from "./call-ffe.ts";
import { runFfe } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

const folder = new TemporaryFolder();

after(() => {
  folder[Symbol.dispose]();
});
beforeEach(() => {
  for (const name of ["shop", "lake"]) rmSync(folder.at(name), { recursive: true, force: true });
});

const place = ["--project-dir", "shop", "--storage", "lake"];

async function transform(...args: readonly string[]): Promise<Outcome> {
  return callFfe(["transform", ...args, ...place], { cwd: folder.path });
}

function target(name: string): string {
  return readFileSync(folder.at(`shop/target/${name}`), "utf8");
}

const hostile = `</script><script>alert(1)</script><img src=x onerror='alert(2)'>"`;

const shop = {
  "dbt_project.yml": "name: shop\n",
  "seeds/rates.csv": "id,rate\n1,2.5\n2,3.5\n",
  "models/staging/stg.sql": "select id, rate from {{ ref('rates') }}",
  "models/totals.sql":
    "{{ config(materialized='table', schema='desk') }} select id, rate as \"a </script>\" from {{ ref('stg') }}",
  "models/s.yml": `
sources: [{name: bronze, tables: [{name: raw_market_data_1h, description: bars of an hour}]}]
models:
  - name: totals
    description: ${JSON.stringify(`One row a day, by \`id\`. ${hostile}\n\n- first\n- [more](https://example.com/a?b=1&c="x)`)}
    columns:
      - {name: id, description: The **key**, data_tests: [unique, {accepted_values: {arguments: {values: [1, 2]}}}]}
      - {name: gone, description: was there once}
exposures:
  - {name: board, type: dashboard, owner: {name: Desk}, url: "javascript:alert(1)", depends_on: [ref('totals')]}
`,
  "tests/no_losses.sql": "select * from {{ ref('totals') }} where id < 0",
};

/** The section of a resource. */
function section(page: string, id: string): string {
  const start = page.indexOf(`<section class="resource" id="${id}"`);
  assert.ok(start >= 0, id);
  return page.slice(start, page.indexOf("</section>", start));
}

test("a page stands alone: each resource with columns, tests, SQL, rows and lineage", async () => {
  writtenFiles(folder.at("shop"), shop);
  assert.equal((await transform("build")).exitCode, 0);
  const made = await transform("docs", "generate");
  assert.equal(made.exitCode, 0, made.stderr);
  assert.match(made.stdout, /shop\/target\/index\.html: 3 tables and views of shop/);
  const page = target("index.html");
  const totals = section(page, "model.shop.totals");
  assert.match(totals, /model, table/);
  assert.match(totals, /<code>silver_desk\.totals<\/code>/);
  assert.match(totals, /<dt>rows<\/dt><dd>2<\/dd>/);
  assert.match(totals, /<dt>version<\/dt><dd>0, committed \d{4}-/);
  assert.match(
    totals,
    /<code>id<\/code>.*INTEGER.*The <b>key<\/b>.*unique<br>accepted_values: values \[1, 2\]/,
  );
  assert.match(totals, /<code>gone<\/code>.*not in the table/);
  assert.match(
    totals,
    /Compiled[^]*&quot;lake&quot;\.&quot;silver&quot;\.&quot;stg&quot;[^]*Template[^]*ref\(&#39;stg&#39;\)/,
  );
  assert.match(totals, /Depends on<\/span> <a href="#model.shop.stg">/);
  assert.match(totals, /Referenced by<\/span> <a href="#exposure.shop.board">/);
  assert.match(totals, /Tested by<\/span> <a href="#test.shop.no_losses">/);
  assert.match(totals, /<svg [^]*<title>seed rates<\/title>[^]*<title>exposure board<\/title>/);
  assert.match(section(page, "source.shop.bronze.raw_market_data_1h"), /bars of an hour[^]*not in the lake/);
  assert.match(
    page.slice(0, page.indexOf("<section class")),
    /1 source, 1 seed, 2 models, 1 exposure, 3 tests/,
  );
});

test("nothing of the data is HTML, every link leads somewhere, and nothing is loaded", async () => {
  writtenFiles(folder.at("shop"), shop);
  await transform("build");
  await transform("docs", "generate");
  const page = target("index.html");
  assert.deepEqual(page.match(/<script\b[^>]*>/g), ["<script>"]);
  assert.doesNotMatch(page, /<img/);
  assert.match(page, /<code>a &lt;\/script&gt;<\/code>/);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'; [^"]*script-src 'sha256-/);
  const ids = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
  for (const [, href = ""] of page.matchAll(/href="([^"]*)"/g)) {
    if (href === "#" || href.startsWith("https://example.com/")) continue;
    assert.ok(ids.has(decodeURIComponent(href.slice(1))), href);
  }
});

test("the catalog has what is in the lake, as dbt's tools read it", async () => {
  writtenFiles(folder.at("shop"), shop);
  await transform("build");
  await transform("docs", "generate");
  const catalog: unknown = JSON.parse(target("catalog.json"));
  assert.partialDeepStrictEqual(catalog, {
    metadata: { dbt_schema_version: "https://schemas.getdbt.com/dbt/catalog/v1.json" },
    nodes: {
      "model.shop.totals": {
        metadata: { type: "BASE TABLE", database: "lake", schema: "silver_desk", name: "totals" },
        columns: {
          id: { type: "INTEGER", index: 1, name: "id" },
          "a </script>": { type: "DOUBLE", index: 2, name: "a </script>" },
        },
        stats: { num_rows: { value: 2, include: true } },
      },
      "model.shop.stg": { metadata: { type: "VIEW" }, columns: { rate: { type: "DOUBLE", index: 2 } } },
      "seed.shop.rates": { metadata: { type: "BASE TABLE" } },
    },
    sources: {},
    errors: null,
  });
  const manifest: unknown = JSON.parse(target("manifest.json"));
  assert.partialDeepStrictEqual(manifest, { nodes: { "model.shop.totals": { compiled: true } } });
});

test("what cannot be compiled or read is told on the page, and the rest is there", async () => {
  writtenFiles(folder.at("shop"), { ...shop, "models/view.sql": "select * from {{ ref('totals') }}" });
  await transform("build");
  writtenFiles(folder.at("shop"), { "models/staging/stg.sql": "{{ nothing_such() }}" });
  rmSync(folder.at("lake/silver_desk"), { recursive: true });
  const made = await transform("docs", "generate");
  assert.equal(made.exitCode, 1);
  assert.match(made.stderr, /stg: .*nothing_such[^]*The page has the rest/);
  assert.match(made.stderr, /model\.shop\.view: .*no table or view silver_desk\.totals/);
  const page = target("index.html");
  assert.match(section(page, "model.shop.stg"), /! .*nothing_such/);
  assert.match(section(page, "model.shop.totals"), /not in the lake/);
  assert.match(target("catalog.json"), /"errors":\["model\.shop\.view: /);
});

test("a page that is not there is no page to serve, and one that is there is served until Ctrl-C", async () => {
  writtenFiles(folder.at("shop"), { "dbt_project.yml": "name: shop\n" });
  const early = await transform("docs", "serve", "--port", "0");
  assert.equal(early.exitCode, 2);
  assert.match(early.stderr, /ffe transform docs generate/);
  assert.equal((await transform("docs", "generate")).exitCode, 0);
  const seen: Promise<string>[] = [];
  const served = await runFfe(["transform", "docs", "serve", "--port", "0", ...place], {
    cwd: folder.path,
    onStdout: (text, kill) => {
      const url = /http:\S+/.exec(text)?.[0] ?? "";
      if (seen.length > 0) return;
      seen.push(
        Promise.all([fetch(url), fetch(`${url}/../dbt_project.yml`)]).then(async ([page, other]) => {
          const html = await page.text();
          kill("SIGINT");
          return `${html} ${other.status}`;
        }),
      );
    },
  });
  assert.match((await seen[0]) ?? "", /<title>shop: models and lineage[^]* 404$/);
  assert.equal(served.exitCode, 0, served.stderr);
});
