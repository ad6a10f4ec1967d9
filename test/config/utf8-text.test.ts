import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";

import { loadConfig } from "../../src/config/load-config.ts";
import { decodeUtf8 } from "../../src/config/utf8-text.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

test("UTF-8 is read as it is, and of anything else the first broken line is named", () => {
  assert.deepEqual(decodeUtf8(Buffer.from("é\n\uFFFD币")), { text: "é\n\uFFFD币" });
  assert.deepEqual(decodeUtf8(Buffer.from("a\nb\ncaf\u00E9\n", "latin1")), { brokenLine: 3 });
  assert.deepEqual(decodeUtf8(Buffer.from("a\ncaf\u00E9", "latin1")), { brokenLine: 2 });
});

test("a configuration in another encoding is an error that names the line", () => {
  using folder = new TemporaryFolder();
  const file = folder.at("latin.yaml");
  writeFileSync(file, Buffer.from("# caf\u00E9\n", "latin1"));
  assert.throws(() => loadConfig(file, {}), /latin\.yaml, line 1: this is not UTF-8/);
});

test("an error of YAML is one line, and a patience without a unit says what it should be", () => {
  using folder = new TemporaryFolder();
  const file = folder.at("bad.yaml");
  writeFileSync(file, "ingestion:\n  assets: [BTCUSD\n");
  assert.throws(() => loadConfig(file, {}), /^ConfigError: [^\n]*bad\.yaml, line \d+: [^\n]*must [^\n]*$/);
  writeFileSync(file, "retry: { patience: 900 }\n");
  assert.throws(() => loadConfig(file, {}), /retry\.patience: expected a duration such as 15m/);
});

test("a warning that comes after the error is refused, with what a timeframe takes from the whole", () => {
  using folder = new TemporaryFolder();
  const file = folder.at("late.yaml");
  writeFileSync(file, "freshness: { warn_after: 2h, error_after: 1h }\n");
  assert.throws(() => loadConfig(file, {}), /freshness\.warn_after: warn_after is longer than error_after/);
  writeFileSync(file, "freshness: { timeframes: { 1d: { warn_after: 6h } } }\n");
  assert.throws(() => loadConfig(file, {}), /freshness\.timeframes\.1d: warn_after is longer/);
  writeFileSync(file, "freshness: { timeframes: { 1d: { warn_after: 6h, error_after: 2d } } }\n");
  assert.equal(loadConfig(file, {}).config.freshness.error_after, "1h");
});
