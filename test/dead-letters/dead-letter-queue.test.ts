import assert from "node:assert/strict";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import type { RejectedRow } from "../../src/dead-letters/rejected-rows.ts";
import { parseInstant } from "../../src/market/time-range.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const context = { asset_pair: "BTCUSD", timeframe: "1h", provider: "coinbase" };

function row(instant: string, reason = "high < low"): RejectedRow {
  return {
    openTimeMs: parseInstant(instant),
    reason,
    open: "42250",
    high: "42000",
    low: "42500",
    close: "42100",
    volume: "1.5",
    sourceFile: "https://example.test/candles",
    raw: [1, 42500, 42000],
  };
}

test("a file has the name and the fields of the documented format", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  const { paths, newRecords } = await queue.write(context, [
    row("2025-12-14T09:00:00Z"),
    row("2025-12-14T10:00:00Z"),
  ]);
  assert.deepEqual([paths.length, newRecords], [1, 2]);
  assert.match(paths[0] ?? "", /dlq_2025-12-14T00-00-00_[0-9a-f]{8}\.json$/);
  const letter: unknown = JSON.parse(readFileSync(paths[0] ?? "", "utf8"));
  assert.deepEqual(letter, {
    timestamp: "2025-12-14T00:00:00",
    error: "row_checks_failed",
    context,
    records: ["09", "10"].map((hour) => ({
      date: `2025-12-14 ${hour}:00:00`,
      open: "42250",
      high: "42000",
      low: "42500",
      close: "42100",
      volume: "1.5",
      reason: "high < low",
      source_file: "https://example.test/candles",
      raw: [1, 42500, 42000],
    })),
  });
});

test("rows that are in the queue are not written again, however they are grouped", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  const rows = ["09", "10", "11"].map((hour) => row(`2025-12-14T${hour}:00:00Z`));
  await queue.write(context, rows.slice(0, 2));
  const second = await queue.write(context, rows);
  assert.equal(second.newRecords, 1);
  assert.equal((await queue.write(context, rows)).newRecords, 0);
  assert.equal(readdirSync(folder.at("dlq")).length, 2);
});

test("series, days and repeated rows are kept apart", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  const twice = [row("2025-12-14T09:00:00Z"), row("2025-12-14T09:00:00Z")];
  assert.equal((await queue.write(context, twice)).newRecords, 2);
  assert.equal((await queue.write(context, twice)).newRecords, 0);
  assert.equal((await queue.write({ ...context, asset_pair: "ETHUSD" }, twice)).newRecords, 2);
  assert.equal((await queue.write(context, [row("2025-12-15T09:00:00Z")])).newRecords, 1);
  assert.equal(readdirSync(folder.at("dlq")).length, 3);
});

test("a row whose time is unreadable is kept under the first day of all", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  const { paths } = await queue.write(context, [{ ...row("2025-12-14"), openTimeMs: undefined }]);
  assert.match(paths[0] ?? "", /dlq_1970-01-01T00-00-00_/);
});

test("a damaged file keeps nothing from being written, and is not passed over by who reads", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  await queue.write(context, [row("2025-12-14T09:00:00Z")]);
  writeFileSync(folder.at("dlq/dlq_2025-12-14T00-00-00_half.json"), '{"context":');
  writeFileSync(folder.at("dlq/notes.txt"), "mine");
  assert.equal((await queue.write(context, [row("2025-12-14T09:00:00Z")])).newRecords, 0);
  const read = async (): Promise<string[]> => {
    const letters = [];
    for await (const { letter } of queue.read()) letters.push(letter.context.asset_pair ?? "");
    return letters;
  };
  const message = /dlq_2025-12-14T00-00-00_half\.json cannot be read.*Correct it/;
  await assert.rejects(read(), { code: "UNREADABLE_DEAD_LETTER", message });
  const name =
    readdirSync(folder.at("dlq")).find((one) => /^dlq_.*\.json$/.test(one) && !one.includes("half")) ?? "";
  for await (const file of queue.read(new Set([name]))) assert.equal(file.name, name);
  rmSync(folder.at("dlq/dlq_2025-12-14T00-00-00_half.json"));
  assert.deepEqual(await read(), ["BTCUSD"]);
});

test("a damaged file is written anew when its rows are rejected again", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  const rows = [row("2025-12-14T09:00:00Z")];
  const [path = ""] = (await queue.write(context, rows)).paths;
  const text = readFileSync(path, "utf8");
  writeFileSync(path, "{");
  assert.equal((await queue.write(context, rows)).newRecords, 1);
  assert.equal(readFileSync(path, "utf8"), text);
});

test("an empty queue reads as empty, and nothing to write makes no folder", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  await queue.write(context, []);
  for await (const letter of queue.read()) assert.fail(JSON.stringify(letter));
  assert.deepEqual(readdirSync(folder.path), []);
});

test("a record that no JSON can hold is kept as a text, once", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  const raw: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
  const rejected = { ...row("2025-12-14T09:00:00Z"), raw };
  assert.equal((await queue.write(context, [rejected])).newRecords, 1);
  assert.equal((await queue.write(context, [rejected])).newRecords, 0);
});
