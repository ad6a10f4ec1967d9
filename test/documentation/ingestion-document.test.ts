import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import * as z from "zod";

import { isElsewhere } from "./blocks.ts";
import { Story } from "./story.ts";

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

/** The names of a document's members, and of its first record's. */
function membersOf(letter: unknown): unknown {
  const { records, ...others } = z.looseObject({ records: z.array(z.looseObject({})) }).parse(letter);
  // The letter's text leaves out the ones that it mentions below it.
  const told = Object.keys(records[0] ?? {}).filter((name) => !["open", "close", "volume"].includes(name));
  return { members: Object.keys(others).toSorted(), record: told.toSorted() };
}
