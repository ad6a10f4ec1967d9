import assert from "node:assert/strict";
import { test } from "node:test";

import { renderDataDocs } from "../../src/data-quality/data-docs.ts";
import type { QualityRecord } from "../../src/data-quality/data-docs.ts";

const record: QualityRecord = {
  run_id: "1",
  validated_at: "2026-01-01T00:00:00.000Z",
  suite_name: "bars",
  table_name: "raw_market_data_1h",
  table_version: 3,
  expectation_type: "expect_column_values_to_be_between",
  kwargs: '{"column":"close"}',
  severity: "critical",
  success: false,
  element_count: 4,
  unexpected_count: 1,
  observed_value: null,
  samples: "[9]",
  exception_message: null,
};
const madeAt = new Date("2026-02-01T00:00:00Z");

test("each table and suite has its runs, the newest first, with samples", () => {
  const html = renderDataDocs(
    [
      record,
      { ...record, run_id: "2", validated_at: "2026-01-02T00:00:00.000Z", success: true, samples: "[]" },
      { ...record, run_id: "3", table_name: "silver.other" },
    ],
    madeAt,
  );
  assert.equal(html.match(/<section id=/g)?.length, 2);
  const overview = html.slice(0, html.indexOf("<section"));
  assert.match(
    overview,
    /<a href="#s0">raw_market_data_1h<\/a>[^]*all 1 hold[^]*<a href="#s1">silver.other[^]*1 of 1 fail/,
  );
  assert.match(html, /<details>\n<summary>2026-01-02/, "what holds needs no looking at");
  assert.match(html, /<details open>[^]*<td>\[9\]<\/td>/);
  assert.ok(html.indexOf("2026-01-02T00:00:00.000Z ·") < html.indexOf("2026-01-01T00:00:00.000Z ·"));
  assert.match(html, /1 of 1 fail/);
  assert.match(html, /all 1 hold/);
  assert.match(html, /<td>\[9\]<\/td>/);
});

test("what tables bring cannot become markup", () => {
  const hostile = `<script>alert("x")</script>'&`;
  const html = renderDataDocs(
    [
      {
        ...record,
        table_name: hostile,
        suite_name: hostile,
        kwargs: hostile,
        samples: hostile,
        validated_at: hostile,
      },
    ],
    madeAt,
  );
  assert.doesNotMatch(html, /<script/);
  assert.doesNotMatch(html, /alert\("x"\)/);
  assert.match(html, /&lt;script&gt;/);
});

test("without validations the page says how to begin, and it loads nothing", () => {
  const html = renderDataDocs([], madeAt);
  assert.match(html, /ffe validate TABLE/);
  assert.doesNotMatch(html, /https?:|src=|@import|url\(/);
});
