import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { canonicalPath, encodeDataPath, storePath } from "../../src/protocol/paths.ts";
import { throws } from "../support/tables.ts";

test("a name is encoded segment by segment and keeps its slashes and equal signs", () => {
  assert.equal(encodeDataPath("day=2025-01-01/part 1.parquet"), "day=2025-01-01/part%201.parquet");
});

test("a percent sign of a Hive-escaped folder doubles", () => {
  assert.equal(encodeDataPath("pair=BTC%2FUSD/a.parquet"), "pair=BTC%252FUSD/a.parquet");
  assert.equal(storePath("pair=BTC%252FUSD/a.parquet", "/lake/t"), "pair=BTC%2FUSD/a.parquet");
});

test("raw characters beyond ASCII are taken as they are", () => {
  assert.equal(storePath("stadt=Köln/a.parquet", "/lake/t"), "stadt=Köln/a.parquet");
  assert.equal(storePath("stadt=K%C3%B6ln/a.parquet", "/lake/t"), "stadt=Köln/a.parquet");
});

test("decoding undoes encoding", () => {
  const segment = fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((name) => !/[/\\\0]/.test(name) && name !== ".." && name.isWellFormed());
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
      const name = segments.join("/");
      assert.equal(storePath(encodeDataPath(name), "/lake/t"), name);
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
    "/lake/table/a",
    "/lake/t/../a",
    "file:///lake/t/%2e%2e/a",
  ]) {
    throws(() => storePath(path, "/lake/t"), "UNSAFE_PATH");
  }
  throws(() => encodeDataPath("../a"), "UNSAFE_PATH");
});

test("an absolute path below the root is one of the table's own", () => {
  assert.equal(storePath("/lake/t/p=1/a%20b.parquet", "/lake/t"), "p=1/a b.parquet");
  assert.equal(storePath("file:///lake/t/a.parquet", "/lake/t"), "a.parquet");
  assert.equal(storePath("file:/lake/t/a.parquet", "/lake/t/"), "a.parquet");
  assert.equal(storePath("s3://bucket/t/a.parquet", "s3://bucket/t"), "a.parquet");
});

test("a path that is no URI is a corrupt log", () => {
  throws(() => storePath("a%2", "/lake/t"), "CORRUPT_LOG", /a%2/);
});

test("all spellings of a path are one to compare by, and other paths are others", () => {
  const spellings = [
    "p=1/a%20b.parquet",
    "p=1/a b.parquet",
    "p%3D1/a%20b.parquet",
    "/lake/t/p=1/a%20b.parquet",
    "file:/lake/t/p=1/a%20b.parquet",
    "file:///lake/t/p=1/a%20b.parquet",
  ].map((path) => canonicalPath(path, "/lake/t"));
  assert.deepEqual(new Set(spellings), new Set(["p=1/a b.parquet"]));
  assert.equal(
    canonicalPath("file:///some/where/p%40h", "/lake/t"),
    canonicalPath("/some/where/p@h", "/lake/t"),
  );
  assert.equal(canonicalPath("s3://bucket/t/a", "s3://bucket/t"), "a");
  const others = ["a%2520b", "a%20b", "a%2", "/lake/table/a", "lake/t/a", "file:///lake/other/a"];
  assert.equal(new Set(others.map((path) => canonicalPath(path, "/lake/t"))).size, others.length);
});
