// What the documents tell people to type or to write, as it stands there.
import assert from "node:assert/strict";
import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import * as z from "zod";

import { standInKey } from "../stand-in/server.ts";
import { blocksOf, root, stories } from "./blocks.ts";
import { Story } from "./story.ts";

/** Blocks that no test here runs, by document and first line, with the reason. */
const elsewhere: Readonly<Record<string, string>> = {
  "README.md: npm run quickstart   # installs, loads demo bars and trades into data/demo, builds all models, shows how trading went":
    "it installs the project; CI's own commands do",
  "docs/ingestion.md: export OANDA_API_TOKEN=...": "test/cli/tour.test.ts runs it, with faults",
  "docs/add-an-exchange.md": "test/cli/own-providers.test.ts runs all of it",
  "packages/delta/README.md": "packages/delta/test/documentation.test.ts runs all of it",
  "CONTRIBUTING.md": "its commands run the tests themselves",
  "ARCHITECTURE.md": "its picture is held against the folders by architecture.test.ts",
  "examples/README.md": "test/examples/examples.test.ts runs the programs",
  "interop/README.md": "its commands need the peers; CI runs the first one",
  "bench/README.md": "its commands take a quarter of an hour",
};

const languages = new Set(["bash", "ts", "yaml", "json", "sql", "text"]);

function isElsewhere(document: string, text: string): boolean {
  return `${document}: ${text.split("\n")[0]}` in elsewhere;
}

test("every block of every document is run here, or is named with where it is run", () => {
  const documents = globSync(["*.md", "*/*.md"], { cwd: root }).filter(
    (document) => !document.startsWith("node_modules"),
  );
  const known = new Set<string>([...stories, ...Object.keys(elsewhere)]);
  for (const document of documents) {
    const blocks = blocksOf(document);
    if (blocks.length === 0 || document in elsewhere) continue;
    assert.ok(known.has(document), `${document} has blocks that no test runs`);
    for (const block of blocks)
      assert.ok(languages.has(block.language), `${document}:${block.line}: ${block.language}`);
  }
  for (const place of Object.keys(elsewhere)) {
    const [document = "", line] = place.split(": ", 2);
    const isThere = blocksOf(document).some(({ text }) => line === undefined || text.startsWith(line));
    assert.ok(isThere, `${place} is not there any more`);
  }
});

test("the first hour of the README goes as it says, and so does its program", async () => {
  await using story = await Story.open("README.md");
  for (const { text } of story.blocks("bash")) if (!isElsewhere("README.md", text)) await story.bash(text);
  await story.examples();
});

test("docs/ingestion.md: its commands, queries, files and programs", async () => {
  const document = "docs/ingestion.md";
  await using story = await Story.open(document);
  story.writeHistory("history/btc.csv");
  writeFileSync(story.folder.at("report.sql"), "SELECT count(*) AS bars FROM raw_market_data_1h");
  await story.bash("npx ffe backfill --assets BTCUSD --timeframes 1m,1h --days 1");
  await story.bash(
    "npx ffe import history/btc.csv --asset BTCUSD --timeframe 1h --provider coinbase || [ $? -eq 1 ]",
  );
  // The document shows its dead letter under an invented name.
  const letter = readdirSync(story.folder.at("data/dlq")).find((name) => name.endsWith(".json")) ?? "";
  const [shown] = story.blocks("json");
  const stored: unknown = JSON.parse(readFileSync(story.folder.at(`data/dlq/${letter}`), "utf8"));
  assert.deepEqual(membersOf(JSON.parse(shown?.text ?? "")), membersOf(stored));
  // What goes in with a rejected row ends in exit code 1.
  const importing = "--provider coinbase\n";
  for (const { text } of story.blocks("bash")) {
    if (isElsewhere(document, text)) continue;
    const script = `${text.replace("dlq_2025-12-14T00-00-00_abc12345.json", letter)}\n`;
    await story.bash(script.replace(importing, `--provider coinbase || [ $? -eq 1 ]\n`));
  }
  for (const { text } of story.blocks("sql")) {
    writeFileSync(story.folder.at("query.sql"), text);
    assert.match(await story.bash("npx ffe sql --file query.sql --format csv"), /^asset_pair,/);
  }
  for (const { text } of story.blocks("yaml")) {
    writeFileSync(story.folder.at("block.yaml"), text);
    await story.bash("npx ffe config check --config block.yaml");
  }
  assert.match(await story.examples(), /^Circuit breaker: closed, 0 failures/);
});

test("docs/data-quality.md: its commands, its suite and its program", async () => {
  await using story = await Story.open("docs/data-quality.md");
  const [suite] = story.blocks("yaml");
  writeFileSync(story.folder.at("my_suite.yaml"), suite?.text ?? "");
  let printed = "";
  for (const day of [1, 2, 3, 4])
    printed = await story.bash(
      `npx ffe backfill --assets BTCUSD --timeframes 1h --start 2026-01-0${day} --end 2026-01-0${day + 1}`,
    );
  const [promised] = story.blocks("text");
  assert.ok(printed.includes(promised?.text.trim() ?? "?"), printed);
  for (const { text } of story.blocks("bash")) await story.bash(text);
  await story.examples();
});

test("docs/transform.md: its commands", async () => {
  await using story = await Story.open("docs/transform.md");
  for (const { text } of story.blocks("bash")) await story.bash(text);
});

test("docs/migrate-from-json.md: its commands and its program", async () => {
  await using story = await Story.open("docs/migrate-from-json.md");
  const decision = { asset_pair: "BTCUSD", action: "BUY", timestamp: "2026-01-05T10:00:00Z", confidence: 80 };
  const trade = { trade_id: "t", product: "EUR_USD", side: "LONG", entry_time: "2026-01-05T10:00:00" };
  mkdirSync(story.folder.at("engine-data/decisions"), { recursive: true });
  for (let number = 0; number < 30; number += 1)
    writeFileSync(
      story.folder.at(`engine-data/decisions/2026-01-05_d-${number}.json`),
      JSON.stringify({ ...decision, id: `d-${number}`, confidence: number === 7 ? 150 : 80 }),
    );
  mkdirSync(story.folder.at("engine-data/trade_outcomes"));
  writeFileSync(story.folder.at("engine-data/trade_outcomes/2026-01-05.jsonl"), JSON.stringify(trade));
  let printed = "";
  for (const { text } of story.blocks("bash"))
    printed += await story.bash(`export ALPHA_VANTAGE_API_KEY=${standInKey}\n${text}`);
  assert.match(printed, /^decision +30 +29 +0 +1 +raw_ai_decisions$/m);
  assert.match(printed, /confidence not from 0 to 100: 150/);
  assert.match(printed, /0 rows moved into Bronze, 0 there already, 1 still rejected/);
  assert.match(printed, /^CRYPTO:BTC +1 +\d{3} +0 +0$/m);
  assert.match(await story.examples(), /^1 added, 0 rejected$/m);
});

test("docs/debugging.md: its commands and its program", async () => {
  await using story = await Story.open("docs/debugging.md");
  let printed = "";
  for (const { text } of story.blocks("bash")) printed += await story.bash(text);
  assert.match(printed, /^path_in_schema .*stats_max_value/m);
  const told = await story.examples();
  assert.match(told, /filesTotal: 1,\n +filesRead: 0,/);
  assert.match(told, /^1 rows in [0-9.e-]+ s: .*max\(/im);
});

test("docs/from-python.md: the examples of the first description, line by line", async () => {
  await using story = await Story.open("docs/from-python.md");
  const printed = await story.examples();
  assert.match(printed, /^312 bars, then 24$/m);
  assert.match(printed, /^\[ '42500\.00000000', '42600\.00000000' \]$/m);
  assert.match(printed, /^market_data_quality: true$/m);
  assert.match(printed, /^Circuit breaker state: closed$/m);
});

test("docs/indicators.md: its program", async () => {
  await using story = await Story.open("docs/indicators.md");
  await story.bash("npx ffe backfill --assets BTCUSD --timeframes 1h --start 2026-01-05 --end 2026-01-09");
  const printed = await story.examples();
  assert.match(printed, /^96 bars, histogram -?\d+\.\d{4}$/m);
  assert.match(printed, /^the next close of 43000 makes it \d+\.\d\d$/m);
});

test("docs/backtests.md: its backfill and its program", async () => {
  await using story = await Story.open("docs/backtests.md");
  for (const { text } of story.blocks("bash")) await story.bash(text);
  const printed = await story.examples();
  assert.match(printed, /^\d+ trades, -?\d+\.\d\d %$/m);
  // Four days of two assets.
  assert.match(printed, /^2304 closes of 5m$/m);
});

/** The names of a document's members, and of its first record's. */
function membersOf(letter: unknown): unknown {
  const { records, ...others } = z.looseObject({ records: z.array(z.looseObject({})) }).parse(letter);
  // The letter's text leaves out the ones that it mentions below it.
  const told = Object.keys(records[0] ?? {}).filter((name) => !["open", "close", "volume"].includes(name));
  return { members: Object.keys(others).toSorted(), record: told.toSorted() };
}
