// `ffe gaps`, `ffe dlq` and `ffe import` as a user types them.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { z } from "zod";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { jsonOf } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

const folder = new TemporaryFolder();

function ffe(...args: readonly string[]): Promise<Outcome> {
  return callFfe([...args, "--storage", "lake"], { cwd: folder.path });
}

const gapsDocument = z.object({
  gaps: z.array(
    z.object({
      asset_pair: z.string(),
      timeframe: z.string(),
      start: z.string(),
      end: z.string(),
      missing_bars: z.number(),
      kind: z.string(),
      confirmed: z.boolean(),
    }),
  ),
  rows_repaired: z.number().optional(),
});
const qualityDocument = z.object({
  quality: z.array(
    z.object({
      table: z.string(),
      passed: z.boolean(),
      since_version: z.number().nullable(),
      broken: z.array(z.string()),
    }),
  ),
});
const statsDocument = z.object({
  files: z.number(),
  records: z.number(),
  reasons: z.array(z.object({ reason: z.string(), records: z.number() })),
});

const header = "time,open,high,low,close,volume\n";
const hourOf = (hour: number): string => `2026-01-05T${String(hour).padStart(2, "0")}:00:00Z`;

before(async () => {
  const hours = Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => hour !== 5 && hour !== 6);
  const rows = hours.map((hour) => `${hourOf(hour)},1,${hour === 9 ? "0.5" : "3"},1,2,10\n`);
  writeFileSync(folder.at("bars.csv"), header + rows.join(""));
  const args = ["--asset", "BTCUSD", "--timeframe", "1h", "--provider", "coinbase"];
  const dry = await ffe("import", "bars.csv", ...args, "--dry-run", "--json");
  assert.equal(z.object({ rows_ingested: z.number() }).parse(jsonOf(dry)).rows_ingested, 21);
  const outcome = await ffe("import", "bars.csv", ...args, "--covers", "2026-01-05/2026-01-06");
  assert.equal(outcome.exitCode, 0, outcome.stderr);
  assert.match(outcome.stdout, /Counts as fetched: 2026-01-05T00:00:00Z to 2026-01-06T00:00:00Z/);
  assert.match(outcome.stdout, /21 rows imported into raw_market_data_1h/);
  assert.match(outcome.stdout, /high < low/);
});

after(() => {
  folder[Symbol.dispose]();
});

test("gaps are listed by kind, on the terminal with a heat map", async () => {
  const { gaps } = gapsDocument.parse(jsonOf(await ffe("gaps", "--json")));
  assert.deepEqual(gaps, [
    {
      asset_pair: "BTCUSD",
      timeframe: "1h",
      start: hourOf(5),
      end: hourOf(7),
      missing_bars: 2,
      kind: "not_in_file",
      confirmed: false,
    },
    {
      asset_pair: "BTCUSD",
      timeframe: "1h",
      start: hourOf(9),
      end: hourOf(10),
      missing_bars: 1,
      kind: "rejected",
      confirmed: false,
    },
  ]);
  const text = await ffe("gaps", "--assets", "BTC-USD", "--timeframes", "1h");
  assert.match(text.stdout, /2026-01-05 +2026-01-05|2026-01-05/);
  assert.match(text.stdout, /BTCUSD 1h {2}▒/);
  assert.match(text.stdout, /2 gaps: 3 bars missing of 24 bars/);
  assert.match((await ffe("gaps", "--assets", "ETHUSD")).stdout, /There are no such series/);
});

test("dead letters are counted, shown, replayed after a fix, and purged", async () => {
  const stats = statsDocument.parse(jsonOf(await ffe("dlq", "stats", "--json")));
  assert.deepEqual(stats, { files: 1, records: 1, reasons: [{ reason: "high < low", records: 1 }] });
  const [listed] = z
    .array(z.object({ file: z.string(), records: z.number() }))
    .parse(jsonOf(await ffe("dlq", "list", "--json")));
  assert.match(listed?.file ?? "", /^dlq_2026-01-05T00-00-00_[0-9a-f]{8}\.json$/);
  const path = folder.at(`lake/dlq/${listed?.file}`);
  assert.match((await ffe("dlq", "show", path)).stdout, /high < low/);
  assert.match(
    (await ffe("dlq", "replay")).stdout,
    /0 rows moved into Bronze, 0 there already, 1 still rejected/,
  );
  writeFileSync(path, readFileSync(path, "utf8").replace('"high": "0.5"', '"high": "2.5"'));
  assert.match((await ffe("dlq", "replay", "--dry-run")).stdout, /A dry run.*1 row moved/);
  assert.match((await ffe("dlq", "replay")).stdout, /1 row moved into Bronze/);
  assert.match((await ffe("dlq", "list")).stdout, /no such dead letters/);
  const { gaps } = gapsDocument.parse(jsonOf(await ffe("gaps", "--json")));
  assert.equal(gaps.length, 1);
  const nothingChosen = await ffe("dlq", "purge");
  assert.equal(nothingChosen.exitCode, 2);
  assert.match(nothingChosen.stderr, /--all/);
  assert.match((await ffe("dlq", "purge", "--all")).stdout, /0 records in 0 files/);
  assert.equal((await ffe("dlq", "show", "dlq_none.json")).exitCode, 2);
});

test("a file of which too much is rejected is exit code 1, and says what to do", async () => {
  writeFileSync(
    folder.at("bad.csv"),
    `${header}2026-02-01T00:00:00Z,1,2,1,2,1\n2026-02-01T01:00:00Z,-1,2,1,2,1\n`,
  );
  const outcome = await ffe(
    "import",
    "bad.csv",
    "--asset",
    "ETHUSD",
    "--timeframe",
    "1h",
    "--provider",
    "coinbase",
  );
  assert.equal(outcome.exitCode, 1);
  assert.match(outcome.stderr, /50\.0% of the rows were rejected.*negative price \(1\).*ffe dlq stats/s);
  assert.match((await ffe("dlq", "purge", "--assets", "ETHUSD")).stdout, /1 record in 1 file deleted/);
});

test("what an import gets wrong is exit code 2", async () => {
  const good = ["--asset", "BTCUSD", "--timeframe", "1h", "--provider", "coinbase"];
  for (const [args, message] of [
    [["nowhere.csv", ...good], /nowhere\.csv cannot be read/],
    [
      ["bars.csv", "--asset", "BTCUSD", "--timeframe", "1h", "--provider", "No Such"],
      /not a provider's name/,
    ],
    [["bars.csv", "--asset", "BTCUSD", "--timeframe", "7h", "--provider", "x"], /not a timeframe/],
    [["bars.csv", ...good, "--columns", "when=time"], /time=opened/],
    [["bars.csv", ...good, "--covers", "2026-01-05"], /2024-01-01\/2025-01-01/],
    [["bars.csv", ...good, "--columns", "time=nothing"], /none of that name/],
  ] as const) {
    const outcome = await ffe("import", ...args);
    assert.equal(outcome.exitCode, 2, outcome.stdout);
    assert.match(outcome.stderr, message);
  }
});

test("bars are read as they were known", async () => {
  const count = async (knownAt: string): Promise<unknown> => {
    const sql = "SELECT count(*) AS n FROM raw_market_data_1h WHERE asset_pair = 'BTCUSD'";
    const outcome = await ffe("sql", sql, "--known-at", knownAt, "--json");
    return z.array(z.object({ n: z.number() })).parse(jsonOf(outcome))[0]?.n;
  };
  assert.equal(await count("2026-01-06"), 0, "the file came later");
  assert.ok(Number(await count("2100-01-01")) >= 21);
  const both = await ffe("table", "read", "raw_market_data_1h", "--known-at", "2026-01-06", "--version", "0");
  assert.equal(both.exitCode, 2);
});

test("the providers' keys, pace, quotas and circuit breakers can be looked at, and no key is shown", async () => {
  const environment = { ALPHA_VANTAGE_API_KEY: "VERYSECRET1234" };
  const args = ["providers", "status", "--storage", "lake"];
  const outcome = await callFfe([...args, "--json"], { cwd: folder.path, environment });
  assert.doesNotMatch(outcome.stdout, /VERYSECRET/);
  const rows = z
    .array(
      z.object({
        provider: z.string(),
        credentials: z.string(),
        per_day: z.number().nullable(),
        used_today: z.number(),
        state: z.string(),
        failure_count: z.number(),
      }),
    )
    .parse(jsonOf(outcome));
  assert.deepEqual(
    rows.map((row) => [
      row.provider,
      row.credentials,
      row.per_day,
      row.used_today,
      row.state,
      row.failure_count,
    ]),
    [
      ["alpha_vantage", "ALPHA_VANTAGE_API_KEY is set", 25, 0, "closed", 0],
      ["coinbase", "none needed", null, 0, "closed", 0],
      ["oanda", "OANDA_API_TOKEN is missing", null, 0, "closed", 0],
      ["demo", "none needed", null, 0, "closed", 0],
    ],
  );
  writeFileSync(
    folder.at("down.yaml"),
    "providers:\n  coinbase:\n    base_url: http://127.0.0.1:1\nretry:\n  patience: 0\n",
  );
  const backfill = ["backfill", "--assets", "BTCUSD", "--timeframes", "1h", "--days", "1"];
  await ffe(...backfill, "--provider", "coinbase", "--config", "down.yaml");
  const afterwards = await ffe("providers", "status", "--config", "down.yaml");
  assert.match(
    afterwards.stdout,
    /coinbase +127\.0\.0\.1:1 +open .*\n +last failure, at .*cannot be reached/,
  );
});

const suite = (severity: string): string =>
  `name: mine\nexpectations:\n  - type: expect_column_values_to_be_between\n    kwargs: {column: close, max_value: 1}\n    severity: ${severity}\n`;

test("a table is validated against a built-in suite or a file, and a critical failure is exit code 1", async () => {
  const good = await ffe("validate", "raw_market_data_1h");
  assert.equal(good.exitCode, 0, good.stdout);
  assert.match(
    good.stdout,
    /✓ +expect_column_pair_values_a_to_be_greater_than_b +high, low .*expectations hold/s,
  );
  writeFileSync(folder.at("mine.yaml"), suite("critical"));
  const bad = await ffe("validate", "raw_market_data_1h", "--suite", "mine.yaml", "--json");
  assert.equal(bad.exitCode, 1);
  const result = z
    .object({
      success: z.boolean(),
      suite_name: z.string(),
      results: z.array(z.object({ success: z.boolean() })),
    })
    .parse(jsonOf(bad));
  assert.deepEqual(result, { success: false, suite_name: "mine", results: [{ success: false }] });
  writeFileSync(folder.at("mine.yaml"), suite("warning"));
  assert.equal((await ffe("validate", "raw_market_data_1h", "--suite", "mine.yaml")).exitCode, 0);
  assert.equal((await ffe("validate", "raw_market_data_1h", "--suite", "none.yaml")).exitCode, 2);
  const kept = await ffe("sql", "SELECT count(*) AS n FROM quality_results WHERE NOT success", "--json");
  assert.deepEqual(jsonOf(kept), [{ n: 2 }]);
});

function days(first: number, last: number): string[] {
  return ["--start", `2026-01-0${first}`, "--end", `2026-01-0${last}`];
}

test("validate --all --new is the gate of a backfill that left it out", async () => {
  const own = async (...args: readonly string[]): ReturnType<typeof callFfe> =>
    callFfe([...args, "--storage", "gate"], { cwd: folder.path });
  const left = await own(
    ...[
      "backfill",
      "--provider",
      "demo",
      "--assets",
      "ETHUSD",
      "--timeframes",
      "1h,1d",
      "--no-validate",
    ].concat(days(1, 3)),
  );
  assert.equal(left.exitCode, 0, left.stderr);
  writeFileSync(
    folder.at("low.yaml"),
    "name: low\nexpectations: [{ type: expect_column_values_to_be_between, kwargs: { column: close, max_value: 1 } }]\n",
  );
  const gates = z.array(
    z.looseObject({ table: z.string(), passed: z.boolean(), dead_letter_files: z.array(z.string()) }),
  );
  const validate = ["validate", "--all", "--new"];
  const closed = await own(...validate, "--suite", "low.yaml", "--json");
  assert.equal(closed.exitCode, 1);
  for (const gate of gates.parse(jsonOf(closed))) {
    assert.equal(gate.passed, false);
    assert.ok(gate.dead_letter_files.length > 0);
  }
  assert.match(closed.stderr, /raw_market_data_1d break critical expectations of low.*QUALITY_GATE_CLOSED/);
  const open = await own(...validate);
  assert.equal(open.exitCode, 0, open.stderr);
  assert.match(open.stdout, /raw_market_data_1h: (\d+) of \1 expectations of market_data_quality hold/);
  assert.equal((await own(...validate)).stdout, "2 tables without rows that were not validated before\n");
  assert.equal((await own(...validate, "--suite", "low.yaml")).exitCode, 1);
  assert.equal((await own(...validate, "--no-store")).exitCode, 2);
});

test("what a backfill adds is held against the suite, and a gate that closes says why and keeps the rows", async () => {
  const args = ["backfill", "--provider", "demo", "--assets", "ETHUSD", "--timeframes", "1d", "--json"];
  const open = qualityDocument.parse(jsonOf(await ffe(...args, ...days(1, 3))));
  assert.deepEqual(open.quality, [
    { table: "raw_market_data_1d", passed: true, since_version: null, broken: [] },
  ]);
  writeFileSync(
    folder.at("cheap.yaml"),
    `name: cheap
expectations:
  - { type: expect_column_values_to_be_between, kwargs: { column: close, max_value: 1 } }
`,
  );
  writeFileSync(folder.at("strict.yaml"), "data_quality: { suite: cheap.yaml }\n");
  const strict = ["--config", "strict.yaml"];
  const closed = await ffe(...args, ...days(1, 4), ...strict);
  assert.equal(closed.exitCode, 1);
  assert.match(closed.stderr, /break critical expectations of cheap.*QUALITY_GATE_CLOSED/);
  assert.match(closed.stderr, /expect_column_values_to_be_between\(close\): 3 unexpected/);
  const stats = await ffe("dlq", "stats");
  assert.match(stats.stdout, /3 +expect_column_values_to_be_between\(close\)/);
  writeFileSync(folder.at("nowhere.yaml"), "data_quality: { suite: nowhere.json }\n");
  const early = await ffe(...args, ...days(1, 5), "--config", "nowhere.yaml");
  assert.equal(early.exitCode, 2);
  assert.match(early.stdout, /UNKNOWN_SUITE/);
  const unheld = await ffe(...args, ...days(1, 5), ...strict, "--no-validate");
  assert.equal(unheld.exitCode, 0);
  const { rows_ingested: added } = z.object({ rows_ingested: z.number() }).parse(jsonOf(unheld));
  assert.equal(added, 1, "the suite was missed before anything was fetched");
  const later = await ffe(
    "validate",
    "raw_market_data_1d",
    "--suite",
    "cheap.yaml",
    "--from",
    "2",
    "--no-store",
  );
  assert.match(later.stdout, /against cheap, rows since version 2: 0 of 1 expectation hold/);
  assert.match(later.stdout, /between +close +critical +1$/m);
  const tooLate = await ffe("validate", "raw_market_data_1d", "--suite", "cheap.yaml", "--from", "99");
  assert.equal(tooLate.exitCode, 2);
  assert.match(tooLate.stderr, /--from 99: the newest version of raw_market_data_1d is \d+$/m);
});

test("what was ingested is told also where the gate cannot do its work", async () => {
  mkdirSync(folder.at("blocked"));
  writeFileSync(folder.at("blocked/ops"), "no folder");
  const args = ["--provider", "demo", "--assets", "ETHUSD", "--timeframes", "1d", ...days(1, 3)];
  const outcome = await callFfe(["backfill", ...args, "--storage", "blocked", "--json"], {
    cwd: folder.path,
  });
  assert.equal(outcome.exitCode, 1);
  const result = z
    .object({
      rows_ingested: z.number(),
      quality: z.array(
        z.object({ table: z.string(), passed: z.literal(false), error: z.object({ code: z.string() }) }),
      ),
    })
    .parse(jsonOf(outcome));
  assert.equal(result.rows_ingested, 2);
  assert.equal(result.quality[0]?.table, "raw_market_data_1d");
  assert.match(outcome.stderr, /raw_market_data_1d was validated, and 31 of 31 .*could not be kept/);
});

test("all validations are written as a page, beside the lake or where the configuration says", async () => {
  const outcome = await ffe("data-docs", "--output", "docs", "--json");
  assert.equal(outcome.exitCode, 0, outcome.stderr);
  const html = readFileSync(folder.at("docs/index.html"), "utf8");
  assert.match(html, /<h2>raw_market_data_1h <small class="quiet">market_data_quality/);
  assert.match(html, /1 critical fails/);
  assert.match(html, /<li><b>BTCUSD<\/b> from [^<]*, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, [\d,]+ bars/);
  assert.match(html, /<figcaption><b>BTCUSD 1h/);
  writeFileSync(folder.at("docs.yaml"), "delta_lake: { storage_path: some/where/lake }\n");
  const pageOf = async (): Promise<string> => {
    const page = await callFfe(["data-docs", "--config", "docs.yaml"], { cwd: folder.path });
    assert.equal(page.exitCode, 0, page.stderr);
    return page.stdout;
  };
  assert.match(await pageOf(), /^some\/where\/data_docs\/index.html: 0 validations/);
  writeFileSync(folder.at("docs.yaml"), "data_quality: { data_docs_path: pages }\n");
  assert.match(await pageOf(), /^pages\/index.html: 0 validations/);
});

test("a dry run that would be rejected exits 1 and says that nothing is written; a provider may have dashes", async () => {
  const rows = Array.from(
    { length: 12 },
    (_, hour) => `${hourOf(hour)},1,${hour < 6 ? "3" : "0.5"},1,2,10\n`,
  );
  writeFileSync(folder.at("half.csv"), header + rows.join(""));
  const args = ["import", "half.csv", "--asset", "LTCUSD", "--timeframe", "1h", "--provider", "my-exchange"];
  const dry = await ffe(...args, "--dry-run");
  assert.equal(dry.exitCode, 1);
  assert.match(
    dry.stderr,
    /50\.0% of the rows.*not counted as fetched: 2026-01-05T06:00:00Z.*nothing was written/s,
  );
  const outcome = await ffe(...args, "--no-validate");
  assert.equal(outcome.exitCode, 1);
  const sql = "SELECT DISTINCT source_provider FROM raw_market_data_1h WHERE asset_pair = 'LTCUSD'";
  assert.deepEqual(jsonOf(await ffe("sql", sql, "--json")), [{ source_provider: "my_exchange" }]);
});
