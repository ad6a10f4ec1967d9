import assert from "node:assert/strict";
import { test } from "node:test";

import { renderDataDocs } from "../../src/data-quality/data-docs.ts";
import type { QualityRecord, TableContents } from "../../src/data-quality/data-docs.ts";
import { sentenceOf } from "../../src/data-quality/data-docs/sentences.ts";

const record: QualityRecord = {
  run_id: "1",
  validated_at: "2026-01-01T00:00:00.000Z",
  suite_name: "bars",
  table_name: "raw_market_data_1h",
  table_version: 3,
  since_version: null,
  expectation_type: "expect_column_values_to_be_between",
  kwargs: '{"column":"close","max_value":8}',
  severity: "critical",
  success: false,
  element_count: 40000,
  unexpected_count: 1000,
  unexpected_percent: 2.5,
  observed_value: null,
  samples: "[9.5]",
  exception_message: null,
};
const madeAt = new Date("2026-02-01T00:00:00Z");

test("each table and suite has its runs, the newest first, what fails before what holds", () => {
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
    /<a href="#s1"><b>silver.other<\/b>[^]*1 critical fails[^]*0 of 1 hold \(0 %\)[^]*<a href="#s0"><b>raw_market_data_1h[^]*all 1 hold/,
  );
  const section = html.slice(html.indexOf('<section id="s0">'));
  assert.ok(section.indexOf("2026-01-02 00:00") < section.indexOf("2026-01-01 00:00"));
  assert.match(section, /Earlier validations[^]*2026-01-01 00:00[^]*1 critical fails/);
});

test("what fails is a sentence with counts, a share and samples, critical before warnings before what holds", () => {
  const html = renderDataDocs(
    [
      { ...record, success: true, kwargs: '{"column":"open","min_value":0}' },
      { ...record, severity: "warning", kwargs: '{"column":"volume","min_value":1}' },
      record,
    ],
    madeAt,
  );
  const section = html.slice(html.indexOf("<section"));
  const places = [
    "critical</b> Values of <code>close</code> are at most 8.",
    "warning</b> Values of <code>volume</code>",
    "1 expectation holds",
    "Values of <code>open</code> are at least 0.",
  ];
  const found = places.map((text) => section.indexOf(text));
  assert.deepEqual(
    found,
    found.toSorted((left, right) => left - right),
  );
  assert.ok(!found.includes(-1), section);
  assert.match(section, /<b>1,000<\/b> of 40,000 rows break it \(2.5 %\)/);
  assert.match(section, /<th scope="col">close<\/th>[^]*<td class="number" data-name="close">9.5<\/td>/);
  assert.match(section, /1 critical fails<\/b>, <b class="warning">! 1 warning<\/b>, 1 of 3 hold \(33.3 %\)/);
  assert.match(section, /all 40,000 rows of version 3/);
});

test("samples are tables: rows by their columns, pairs by the columns of the expectation", () => {
  const rows = JSON.stringify([
    { asset_pair: "BTCUSD", timestamp: "2026-01-01T05:00:00.000Z", close: 1e-7 },
    { asset_pair: "ETHUSD", bars: 2 },
  ]);
  const pair = { column_A: "high", column_B: "low", or_equal: true };
  const html = renderDataDocs(
    [
      { ...record, samples: rows, element_count: null },
      {
        ...record,
        expectation_type: "expect_column_pair_values_a_to_be_greater_than_b",
        kwargs: JSON.stringify(pair),
        samples: "[[1,2],[3,4],[5,6],[7,8],[9,10],[11,12]]",
      },
      {
        ...record,
        expectation_type: "expect_column_mean_to_be_between",
        unexpected_count: null,
        element_count: null,
        samples: null,
        observed_value: "1234.5",
      },
      { ...record, samples: null, exception_message: 'There is no column "close"' },
    ],
    madeAt,
  );
  assert.match(
    html,
    /<th scope="col">asset pair<\/th><th scope="col">timestamp<\/th><th scope="col">close<\/th><th scope="col">bars<\/th>/,
  );
  assert.match(html, /2026-01-01 05:00<\/td>[^]*0.0000001<\/td>[^]*none<\/td>/);
  assert.match(html, /1,000<\/b> found that should not be/);
  assert.match(
    html,
    /<code>high<\/code> is never below <code>low<\/code>\.[^]*<th scope="col">high<\/th><th scope="col">low<\/th>/,
  );
  assert.match(html, /and 1 more sample</);
  assert.match(html, /The mean of <code>close<\/code> is at most 8\.[^]*It is <b>1,234.5<\/b>/);
  assert.match(html, /could not be evaluated: There is no column &quot;close&quot;/);
});

function rowOf(index: number): Readonly<Record<string, unknown>> {
  return {
    asset_pair: "BTCUSD",
    open: `${index}.50000000`,
    high: index,
    note: `a long remark that takes more than one line, ${index}`,
    _ingestion_id: "abc",
  };
}

/** Twelve columns. */
function wideRowOf(index: number): Readonly<Record<string, number>> {
  return Object.fromEntries(Array.from({ length: 12 }, (_, column) => [`c${column}`, column * index]));
}

function pageOf(samples: readonly unknown[]): string {
  return renderDataDocs([{ ...record, samples: JSON.stringify(samples) }], madeAt);
}

test("rows of many columns say once what they share, and stand as lists when they are still too wide", () => {
  const html = pageOf([rowOf(1), rowOf(2)]);
  assert.match(html, /In all of these rows: asset pair BTCUSD, ingestion id abc\./);
  assert.match(html, /<table>\n<thead><tr><th scope="col">open/);
  assert.match(html, /<td class="number" data-name="open">1.50000000<\/td>/);
  assert.match(html, /<td class="long" data-name="note">/);
  assert.match(pageOf([wideRowOf(1), wideRowOf(2)]), /<table class="widest">/);
  // The same row twice is shown, not only told of.
  assert.match(pageOf([rowOf(1), rowOf(1)]), /<td class="number" data-name="high">1<\/td>/);
});

const states = [1, 0.9, 0.2, 0, "closed", "not_fetched", "not_yet", "calendar_unknown"] as const;

test("a table says what it holds, and a map which bars are missing, with a word for each state", () => {
  const contents: TableContents = {
    series: [
      {
        assetPair: "BTCUSD",
        provider: "coinbase",
        bars: 1000,
        first: "2026-01-01T00:00:00.000Z",
        last: "2026-02-01T00:00:00.000Z",
      },
      {
        assetPair: "ETHUSD",
        provider: "coinbase",
        bars: 234,
        first: "2025-12-01T00:00:00.000Z",
        last: "2026-01-02T00:00:00.000Z",
      },
    ],
    gaps: [
      {
        label: "BTCUSD 1h",
        missingBars: 6,
        expectedBars: 1006,
        cells: states.map((state, day) => ({ start: `2026-01-0${day + 1}`, state })),
      },
    ],
    cell: "a day",
    lastDay: "2026-01-08",
  };
  const html = renderDataDocs([record], madeAt, new Map([["raw_market_data_1h", contents]]));
  assert.match(html, /<b>BTCUSD<\/b> from coinbase, 2026-01-01 to 2026-02-01, 1,000 bars/);
  assert.match(html, /<b>ETHUSD<\/b> from coinbase, 2025-12-01 to 2026-01-02, 234 bars/);
  assert.match(html, /<b>BTCUSD 1h<\/b> 6 of 1,006 bars missing \(0.6 %\)/);
  for (const meaning of [
    "100 % of the bars",
    "90 % of the bars",
    "0 % of the bars",
    "market closed",
    "not fetched",
    "not over yet",
    "calendar unknown",
  ])
    assert.ok(html.includes(`: ${meaning}</title>`), meaning);
  for (const legend of [
    "all there",
    "most there",
    "half or less",
    "none there",
    "market closed",
    "not fetched",
    "not over yet",
    "calendar unknown",
  ])
    assert.ok(html.includes(`${legend}</li>`), legend);
});

test("what tables bring cannot become markup", () => {
  const hostile = `<script>alert("x")</script>'&\``;
  const json = JSON.stringify({
    column: hostile,
    min_value: hostile,
    row_condition: hostile,
    [hostile]: hostile,
  });
  for (const expectation_type of ["expect_column_values_to_be_between", "expect_column_to_exist", hostile]) {
    for (const samples of [hostile, JSON.stringify([{ [hostile]: hostile }]), JSON.stringify([hostile])]) {
      const html = renderDataDocs(
        [
          {
            ...record,
            expectation_type,
            table_name: hostile,
            suite_name: hostile,
            severity: hostile,
            kwargs: json,
            samples,
            observed_value: hostile,
            validated_at: hostile,
          },
          { ...record, kwargs: hostile, exception_message: hostile },
        ],
        madeAt,
      );
      assert.doesNotMatch(html, /<script/);
      assert.doesNotMatch(html, /alert\("x"\)/);
      assert.match(html, /&lt;script&gt;/);
    }
  }
});

test("without validations the page says how to begin, and it loads nothing", () => {
  const html = renderDataDocs([], madeAt);
  assert.match(html, /ffe validate TABLE/);
  assert.doesNotMatch(html, /https?:|src=|@import|url\(/);
});

for (const [type, kwargs, sentence] of [
  [
    "expect_column_values_to_be_between",
    { column: "a", min_value: 0, max_value: 5000 },
    "Values of `a` are between 0 and 5,000.",
  ],
  [
    "expect_column_values_to_be_between",
    { column: "a", min_value: 0, max_value: 1, strict_min: true },
    "Values of `a` are above 0 and at most 1.",
  ],
  [
    "expect_column_values_to_be_in_set",
    { column: "a", value_set: ["x", 1], mostly: 0.99 },
    "Values of `a` are one of `x` and `1`, in 99 % of the rows or more.",
  ],
  [
    "expect_compound_columns_to_be_unique",
    { column_list: ["a", "b", "c"] },
    "No two rows have the same `a`, `b` and `c`.",
  ],
  [
    "expect_column_max_to_be_between",
    { column: "a", row_condition: "b > 1" },
    "The greatest value of `a` is of any size, where `b > 1`.",
  ],
  ["expect_stars_to_align", { column: "a", number: 3 }, "Expect stars to align: column a, number 3."],
] as const) {
  test(`${type} reads: ${sentence}`, () => {
    assert.equal(sentenceOf(type, kwargs), sentence);
  });
}
