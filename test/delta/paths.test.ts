import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { decodeDataPath, encodeDataPath } from "../../src/delta/protocol/paths.ts";
import { throws } from "./tables.ts";

test("a name is encoded segment by segment and keeps its slashes and equal signs", () => {
  assert.equal(encodeDataPath("day=2025-01-01/part 1.parquet"), "day=2025-01-01/part%201.parquet");
});

test("a percent sign of a Hive-escaped folder doubles", () => {
  assert.equal(encodeDataPath("pair=BTC%2FUSD/a.parquet"), "pair=BTC%252FUSD/a.parquet");
  assert.equal(decodeDataPath("pair=BTC%252FUSD/a.parquet"), "pair=BTC%2FUSD/a.parquet");
});

test("raw characters beyond ASCII are taken as they are", () => {
  assert.equal(decodeDataPath("stadt=Köln/a.parquet"), "stadt=Köln/a.parquet");
  assert.equal(decodeDataPath("stadt=K%C3%B6ln/a.parquet"), "stadt=Köln/a.parquet");
});

test("decoding undoes encoding", () => {
  const segment = fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((name) => !/[/\\\0]/.test(name) && name !== ".." && name.isWellFormed());
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
      const name = segments.join("/");
      assert.equal(decodeDataPath(encodeDataPath(name)), name);
    }),
  );
});

test("paths that leave the table's root are refused", () => {
  for (const path of [
    "../a",
    "a/../../b",
    "%2e%2e/a",
    "/etc/passwd",
    "file:///a",
    "s3://b/a",
    "a%00b",
    "",
    "a\\..\\b",
  ]) {
    throws(() => decodeDataPath(path), "UNSAFE_PATH");
  }
  throws(() => encodeDataPath("../a"), "UNSAFE_PATH");
});

test("a path that is no URI is a corrupt log", () => {
  throws(() => decodeDataPath("a%2"), "CORRUPT_LOG", /a%2/);
});
