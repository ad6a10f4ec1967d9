import assert from "node:assert/strict";
import { test } from "node:test";

import { Desk } from "../support/desk.ts";

const check = { strategy: "check", unique_key: "id", check_cols: "all" };
const byTime = { strategy: "timestamp", unique_key: "id", updated_at: "changed_at" };

/** Each version as `id kind from-to`, the seconds in which it was the current one. */
async function versionsOf(desk: Desk, more = ""): Promise<readonly string[]> {
  const rows = await desk.rows(
    `SELECT id || ' ' || coalesce(kind, '-') || ' ' || second(dbt_valid_from) || '-' || coalesce(second(dbt_valid_to)::VARCHAR, '') ${more} AS version
     FROM silver.kinds ORDER BY id, dbt_valid_from`,
  );
  return rows.map((row) => String(row["version"]));
}

test("a changed row ends its version and begins another, in one commit", async (t) => {
  const desk = await Desk.open(t);
  await desk.snapshot("kinds", "SELECT 1 AS id, 'a' AS kind UNION ALL SELECT 2, NULL", check, 1);
  const same = await desk.snapshot("kinds", "SELECT 1 AS id, 'a' AS kind UNION ALL SELECT 2, NULL", check, 2);
  assert.equal(same.isCommitted, false);
  const changed = await desk.snapshot(
    "kinds",
    "SELECT 1 AS id, 'b' AS kind UNION ALL SELECT 2, 'c' UNION ALL SELECT 3, 'd'",
    check,
    3,
  );
  assert.equal(changed.tableVersion, 1);
  assert.deepEqual(await versionsOf(desk), ["1 a 1-3", "1 b 3-", "2 - 1-3", "2 c 3-", "3 d 3-"]);
});

test("a row that went is kept, ended, or recorded as deleted, as hard_deletes says", async (t) => {
  const both = "SELECT 1 AS id, 'a' AS kind UNION ALL SELECT 2, 'b'";
  const one = "SELECT 1 AS id, 'a' AS kind";
  const courses = {
    ignore: ["1 a 1-", "2 b 1-"],
    invalidate: ["1 a 1-", "2 b 1-2", "2 b 4-"],
  };
  for (const [answer, expected] of Object.entries(courses)) {
    const desk = await Desk.open(t);
    const config = { ...check, hard_deletes: answer };
    for (const [second, sql] of [both, one, one, both].entries())
      await desk.snapshot("kinds", sql, config, second + 1);
    assert.deepEqual(await versionsOf(desk), expected, answer);
  }
  const desk = await Desk.open(t);
  const config = { ...check, hard_deletes: "new_record" };
  for (const [second, sql] of [both, one, one, both].entries())
    await desk.snapshot("kinds", sql, config, second + 1);
  const versions = ["1 a 1- False", "2 b 1-2 False", "2 b 2-4 True", "2 b 4- False"];
  assert.deepEqual(await versionsOf(desk, "|| ' ' || dbt_is_deleted"), versions);
});

function at(kind: string, second: number): string {
  return `SELECT 1 AS id, '${kind}' AS kind, TIMESTAMP '2024-01-01 00:00:0${second}' AS changed_at`;
}

test("the timestamp strategy goes by a column of times", async (t) => {
  const desk = await Desk.open(t);
  await desk.snapshot("kinds", at("a", 1), byTime, 30);
  await desk.snapshot("kinds", at("unseen", 1), byTime, 31);
  await desk.snapshot("kinds", at("b", 5), byTime, 32);
  assert.deepEqual(await versionsOf(desk), ["1 a 1-5", "1 b 5-"]);
});

test("a clock that stands still, or goes back, ends no version before it began", async (t) => {
  const desk = await Desk.open(t);
  for (const kind of ["a", "b", "c"])
    await desk.snapshot("kinds", `SELECT 1 AS id, '${kind}' AS kind`, check, 5);
  await desk.snapshot("kinds", "SELECT 1 AS id, 'd' AS kind", check, 1);
  const rows = await desk.rows(
    "SELECT kind, dbt_valid_to IS NULL AS is_current, coalesce(dbt_valid_to > dbt_valid_from, true) AS is_ordered FROM silver.kinds ORDER BY kind",
  );
  assert.deepEqual(
    rows.map((row) => [row["kind"], row["is_current"], row["is_ordered"]]),
    [
      ["a", false, true],
      ["b", false, true],
      ["c", false, true],
      ["d", true, true],
    ],
  );
});

test("new columns come in, and are null in the versions before", async (t) => {
  const desk = await Desk.open(t);
  await desk.snapshot("kinds", "SELECT 1 AS id, 'a' AS kind", check, 1);
  await desk.snapshot("kinds", "SELECT 1 AS id, 'a' AS kind, 7 AS size", check, 2);
  assert.deepEqual(await desk.rows("SELECT size FROM silver.kinds ORDER BY dbt_valid_from"), [
    { size: null },
    { size: 7 },
  ]);
});

test("names of its columns and the end of current rows may be others", async (t) => {
  const desk = await Desk.open(t);
  const config = {
    ...check,
    unique_key: ["id", "kind"],
    check_cols: ["size"],
    snapshot_meta_column_names: new Map([
      ["dbt_valid_to", "until"],
      ["dbt_valid_from", "since"],
    ]),
    dbt_valid_to_current: "TIMESTAMP '9999-12-31'",
  };
  await desk.snapshot("kinds", "SELECT 1 AS id, 'a' AS kind, 1 AS size", config, 1);
  await desk.snapshot("kinds", "SELECT 1 AS id, 'a' AS kind, 2 AS size", config, 2);
  assert.deepEqual(await desk.rows("SELECT size, year(until) AS until FROM silver.kinds ORDER BY since"), [
    { size: 1, until: 2024 },
    { size: 2, until: 9999 },
  ]);
});

test("a config without what it needs is refused by what is missing, and so is another's table", async (t) => {
  const desk = await Desk.open(t);
  const sql = "SELECT 1 AS id, 'a' AS kind";
  const wrong = [
    [{ ...check, strategy: "guess" }, /timestamp or check/],
    [{ ...check, unique_key: null }, /unique_key/],
    [{ strategy: "timestamp", unique_key: "id" }, /updated_at/],
    [{ strategy: "check", unique_key: "id" }, /check_cols/],
    [{ ...check, hard_deletes: "yes" }, /hard_deletes/],
    [{ ...check, hard_deletes: "ignore", invalidate_hard_deletes: true }, /cannot be given together/],
  ] as const;
  for (const [config, message] of wrong)
    await assert.rejects(desk.snapshot("kinds", sql, config, 1), { code: "INVALID_CONFIG", message });
  await desk.run("kinds", sql);
  await assert.rejects(desk.snapshot("kinds", sql, check, 1), {
    code: "TABLE_IN_THE_WAY",
    message: /dbt_scd_id/,
  });
});
