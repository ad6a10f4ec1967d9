// docs/formats.md names everything that we add to tables and files.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";

import { callFfe } from "../cli/call-ffe.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { root } from "./blocks.ts";

const text = readFileSync(join(root, "docs/formats.md"), "utf8");

const Action = z.looseObject({
  txn: z.object({ appId: z.string() }).optional(),
  commitInfo: z.looseObject({ engineInfo: z.string() }).optional(),
  metaData: z.looseObject({ schemaString: z.string() }).optional(),
});
const Schema = z.object({ fields: z.array(z.looseObject({ name: z.string() })) });

test("every entry, column and member that a run writes is in docs/formats.md", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("hours.csv"), hoursWithAFault());
  const words = "import hours.csv --asset BTCUSD --timeframe 1h --provider coinbase";
  await callFfe(words.split(" "), { cwd: folder.path });

  const actions = ["bronze/raw_market_data_1h", "ops/quality_results", "ops/pipeline_metrics"].flatMap(
    (table) =>
      readFileSync(folder.at("data/delta_lake", table, "_delta_log/00000000000000000000.json"), "utf8")
        .trim()
        .split("\n")
        .map((line) => Action.parse(JSON.parse(line))),
  );
  const kinds = [...new Set(actions.flatMap(({ txn }) => txn?.appId.split("/")[0] ?? []))];
  assert.deepEqual(kinds.toSorted(), ["ffe.coverage", "ffe.imported", "ffe.watermark"]);
  for (const kind of kinds) assert.ok(text.includes(`\`${kind}/ASSET`), kind);
  for (const name of actions.flatMap(columnsOf)) assert.ok(text.includes(`\`${name}\``), name);
  const signers = actions.flatMap(({ commitInfo }) => commitInfo?.engineInfo.split("/")[0] ?? []);
  for (const signer of signers) assert.ok(text.includes(`\`${signer}/\``), signer);

  const [letter = ""] = readdirSync(folder.at("data/dlq"));
  assert.match(letter, /^dlq_2026-01-01T00-00-00_[0-9a-f]{8}\.json$/);
  const { records, ...members } = z
    .looseObject({ records: z.array(z.looseObject({})) })
    .parse(JSON.parse(readFileSync(folder.at("data/dlq", letter), "utf8")));
  for (const name of Object.keys(members)) assert.ok(text.includes(`\`${name}\``), name);
  const between = new Set(["high", "low", "close"]);
  for (const name of Object.keys(records[0] ?? {}))
    assert.ok(between.has(name) || text.includes(`\`records[].${name}\``), name);
});

/** A day of hours; in one of them the high lies below the low. */
function hoursWithAFault(): string {
  const rows = Array.from({ length: 24 }, (_, hour) => {
    const high = hour === 7 ? 90 : 101;
    return `2026-01-01T${String(hour).padStart(2, "0")}:00:00Z,100,${high},99,100,5`;
  });
  return `time,open,high,low,close,volume\n${rows.join("\n")}\n`;
}

function columnsOf({ metaData }: z.infer<typeof Action>): string[] {
  if (metaData === undefined) return [];
  return Schema.parse(JSON.parse(metaData.schemaString)).fields.map(({ name }) => name);
}
