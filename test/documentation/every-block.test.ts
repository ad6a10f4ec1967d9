// What the documents tell people to type or to write, as it stands there; the longest ones have a file of their own.
import assert from "node:assert/strict";
import { appendFileSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { standInKey } from "../stand-in/server.ts";
import { blocksOf, elsewhere, isElsewhere, root, stories } from "./blocks.ts";
import { Story } from "./story.ts";

const languages = new Set(["bash", "ts", "yaml", "json", "sql", "text"]);

test("every block of every document is run by a test of this folder, or is named with where it is run", () => {
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

test("docs/streaming.md: its commands, its configuration and its program", async () => {
  await using story = await Story.open("docs/streaming.md");
  for (const { text } of story.blocks("yaml")) appendFileSync(story.folder.at("stand-in.yaml"), text);
  let printed = "";
  for (const { text } of story.blocks("bash"))
    if (!isElsewhere("docs/streaming.md", text)) printed += await story.bash(text);
  assert.match(printed, /^file-trades\.ndjson: 3 messages in 1 commit: 2 rows into raw_trades; 1 rejected/m);
  assert.match(printed, /^0 rows moved into Bronze, 0 there already, 1 still rejected/m);
  assert.match(printed, /^replay: 3 messages in 1 commit: 0 rows into raw_trades; 2 were there already/m);
  assert.match(await story.examples(), /^ended true true$/m);
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
