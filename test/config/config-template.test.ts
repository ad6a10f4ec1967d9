import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";

import { configSchema } from "../../src/config/config-schema.ts";
import { configTemplate } from "../../src/config/config-template.ts";
import { durationSeconds } from "../../src/market/duration-text.ts";
import { freshnessThresholds } from "../../src/config/freshness-thresholds.ts";
import { parseConfig } from "../../src/config/load-config.ts";

test("the file that init writes has every key, with its default", () => {
  assert.deepEqual(parseConfig(configTemplate, "x.yaml"), parseConfig("", "x.yaml"));
  const schema = z.toJSONSchema(configSchema, { unrepresentable: "any", io: "input" });
  const keys = keysOf(schema);
  assert.ok(keys.has("revision_window") && keys.has("base_url"));
  const missing = [...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(configTemplate));
  assert.deepEqual(missing, [], "src/config/config-template.ts lacks keys");
});

/** The names of all properties of a JSON schema. */
function keysOf(schema: unknown): Set<string> {
  const keys = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const properties: unknown = Reflect.get(node, "properties");
    if (typeof properties === "object" && properties !== null)
      for (const [key, value] of Object.entries(properties)) {
        keys.add(key);
        visit(value);
      }
    visit(Reflect.get(node, "additionalProperties"));
  };
  visit(schema);
  return keys;
}

test("the documentation shows the file that init writes", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/ingestion.md"), "utf8");
  assert.ok(text.includes(`\`\`\`yaml\n${configTemplate}\`\`\``));
});

test("assets, times and durations are read when the file is", () => {
  for (const [text, message] of [
    ["ingestion:\n  assets: [BTCUSD, x y]\n", /line 2: ingestion\.assets\.1: "x y"/],
    ["ingestion:\n  start: never\n", /line 2: ingestion\.start: /],
    ["freshness:\n  warn_after: soon\n", /line 2: freshness\.warn_after: expected a duration/],
    ["freshness:\n  timeframes:\n    2h: { warn_after: 5m }\n", /freshness\.timeframes/],
  ] as const)
    assert.throws(() => parseConfig(text, "x.yaml"), message);
  assert.deepEqual(["90s", "15m", "2h", "1d", "2 weeks", ""].map(durationSeconds), [
    90,
    900,
    7200,
    86_400,
    undefined,
    undefined,
  ]);
});

test("a timeframe's own limits of freshness go before the general ones", () => {
  const config = parseConfig(
    "freshness:\n  warn_after: 10m\n  error_after: 2h\n  timeframes:\n    1d: { error_after: 2d }\n",
    "x.yaml",
  );
  assert.deepEqual(freshnessThresholds(config, "1h"), { warnAfterSeconds: 600, errorAfterSeconds: 7200 });
  assert.deepEqual(freshnessThresholds(config, "1d"), { warnAfterSeconds: 600, errorAfterSeconds: 172_800 });
});
