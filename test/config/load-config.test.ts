import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";

import { ConfigError } from "../../src/config/config-error.ts";
import { limitOverrides } from "../../src/config/limit-overrides.ts";
import { loadConfig, parseConfig } from "../../src/config/load-config.ts";
import { sectionOf } from "../../src/config/providers-schema.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

test("an empty file, or none, is the built-in defaults", () => {
  const config = parseConfig("", "x.yaml");
  assert.equal(config.delta_lake.storage_path, "data/delta_lake");
  assert.equal(config.dead_letter_queue.path, "data/dlq");
  assert.equal(config.providers.default, "auto");
  assert.deepEqual(config.providers.chain, ["alpha_vantage", "coinbase", "oanda"]);
  assert.equal(sectionOf(config.providers, "demo")["dirty_rows"], false);
  assert.deepEqual(parseConfig("# nothing\n", "x.yaml"), config);
  assert.deepEqual(parseConfig("providers:\n  # oanda:\ndelta_lake:\n  storage_path:\n", "x.yaml"), config);
});

test("what is given replaces its default and nothing else", () => {
  const config = parseConfig(
    "delta_lake:\n  storage_path: lake\nproviders:\n  oanda:\n    base_url: http://127.0.0.1:9\n",
    "x.yaml",
  );
  assert.equal(config.delta_lake.storage_path, "lake");
  assert.equal(config.delta_lake.partition_granularity, "by_timeframe");
  assert.equal(sectionOf(config.providers, "oanda")["base_url"], "http://127.0.0.1:9");
});

test("assets and patterns have the calendars and sessions that the file gives them", () => {
  const text =
    'market:\n  calendars: { "ES=F": new_york, "*.SA": always_open }\n  sessions: { "*": regular }\n';
  assert.deepEqual(parseConfig(text, "x.yaml").market, {
    calendars: { "ES=F": "new_york", "*.SA": "always_open" },
    sessions: { "*": "regular" },
  });
});

test("limits of prices and volumes go by pair in any notation and by currency", () => {
  const config = parseConfig(
    "ingestion:\n  price_limits: { XYZ-USD: [0, 1], jpy: ['0.0001', 1e8] }\n  volume_limits: { XYZ/USD: 5 }\n",
    "x.yaml",
  );
  const { prices, volumes } = limitOverrides(config.ingestion);
  assert.deepEqual(
    [...prices],
    [
      ["XYZUSD", [0n, 100_000_000n]],
      ["JPY", [10_000n, 10_000_000_000_000_000n]],
    ],
  );
  assert.deepEqual([...volumes], [["XYZUSD", 500_000_000n]]);
});

test("a mistake names file, line and key", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      "delta_lake:\n  storage: x\n",
      /^x\.yaml, line 2: delta_lake\.storage: unknown key\. Did you mean storage_path\?$/,
    ],
    ["delta_lake:\n  storage_pth: x\n", /storage_pth: unknown key\. Did you mean storage_path\?$/],
    ["\nengin:\n  threads: 2\n", /^x\.yaml, line 2: engin: unknown key\. Did you mean engine\?$/],
    [
      "engine:\n  memory_limi: 2GB\n",
      /^x\.yaml, line 2: engine\.memory_limi: .*Did you mean memory_limit\?$/,
    ],
    ["a: 1\nb: 2\n", /^x\.yaml, line 1: a: unknown key\nx\.yaml, line 2: b: unknown key$/],
    ["providers:\n  demo:\n    seed: many\n", /^x\.yaml, line 3: providers\.demo\.seed: /],
    ["providers:\n  coinbase:\n    base_url: ftp://x\n", /^x\.yaml, line 3: providers\.coinbase\.base_url: /],
    ["market:\n  calendars:\n    SAP.DE: berlin\n", /^x\.yaml, line 2: market\.calendars: .*frankfurt/],
    ["market:\n  sessions: regular\n", /^x\.yaml, line 2: market\.sessions: .*regular, extended/],
    ["delta_lake:\n  storage_path: [a\n", /^x\.yaml, line \d: /],
    [
      "ingestion:\n  price_limits:\n    BTC-XYZ: [0, 1]\n",
      /^x\.yaml, line 3: ingestion\.price_limits\.BTC-XYZ: expected an asset pair/,
    ],
    [
      "ingestion:\n  price_limits: { BTCUSD: [1, 0] }\n",
      /line 2: ingestion\.price_limits\.BTCUSD: expected the lower limit first/,
    ],
    [
      "ingestion:\n  price_limits: { IDR: [1, 1e11] }\n",
      /line 2: ingestion\.price_limits\.IDR: prices of 10000000000 and more cannot be stored/,
    ],
    ["ingestion:\n  volume_limits: { BTCUSD: -1 }\n", /ingestion\.volume_limits\.BTCUSD: expected a number/],
    ["- a list\n", /^x\.yaml: the document: /],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parseConfig(text, "x.yaml"),
      (error) =>
        error instanceof ConfigError && error.code === "INVALID_CONFIG" && message.test(error.message),
      text,
    );
  }
});

test("--config goes before FFE_CONFIG, and a named file must be there", () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("flag.yaml"), "delta_lake:\n  storage_path: from-flag\n");
  writeFileSync(folder.at("environment.yaml"), "delta_lake:\n  storage_path: from-environment\n");
  const environment = { FFE_CONFIG: folder.at("environment.yaml") };
  assert.equal(loadConfig(folder.at("flag.yaml"), environment).config.delta_lake.storage_path, "from-flag");
  assert.equal(loadConfig(undefined, environment).config.delta_lake.storage_path, "from-environment");
  assert.throws(
    () => loadConfig(folder.at("missing.yaml"), {}),
    (error) => error instanceof ConfigError && error.code === "CONFIG_NOT_FOUND",
  );
});
