// Rows that are no bars: from files of records, or from topics.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import type { DeadLetterFile } from "../../src/dead-letters/dead-letter.ts";
import { replayFile } from "../../src/dead-letters/replay.ts";
import type { Replayer } from "../../src/dead-letters/replay.ts";
import type { RejectedRecord } from "../../src/dead-letters/rejected-rows.ts";
import { pipelineEvents } from "../../src/events/pipeline-events.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const context = { table: "raw_ai_decisions", source: "decision_files" };

const decision: RejectedRecord = {
  timeMs: Date.UTC(2026, 1, 27, 14, 30),
  key: "d-17",
  position: { line: 4 },
  reason: "confidence missing",
  sourceFile: "decisions.jsonl",
  row: { decision_id: "d-17", action: "BUY", reason: "a column of that name", raw: 1 },
  raw: '{"id":"d-17","action":"BUY"}',
};

function message(offset: string): RejectedRecord {
  const position = { topic: "candles", partition: 0, offset };
  return { position, reason: "not JSON", sourceFile: "kafka://candles", row: {}, raw: { bytes: "AAE=" } };
}

async function filesOf(queue: DeadLetterQueue): Promise<DeadLetterFile[]> {
  const files: DeadLetterFile[] = [];
  for await (const file of queue.read()) files.push(file);
  return files;
}

test("a file of rows has their key, position, values and reason, by the day that they are of", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  const { paths } = await queue.writeRecords(context, [decision]);
  assert.match(paths[0] ?? "", /dlq_2026-02-27T00-00-00_[0-9a-f]{8}\.json$/);
  const { timeMs: _time, sourceFile, ...rest } = decision;
  const expected = {
    timestamp: "2026-02-27T00:00:00",
    error: "row_checks_failed",
    context,
    records: [{ time: "2026-02-27T14:30:00.000Z", ...rest, source_file: sourceFile }],
  };
  assert.deepEqual(JSON.parse(readFileSync(paths[0] ?? "", "utf8")), expected);
  assert.deepEqual((await filesOf(queue))[0]?.letter, expected);
});

test("a row that comes again, from another line, is known; a message of the same bytes is not", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  const written = async (...records: readonly RejectedRecord[]): Promise<number> =>
    (await queue.writeRecords(context, records)).newRecords;
  assert.equal(await written(decision), 1);
  assert.equal(await written({ ...decision, position: { line: 9 } }), 0);
  assert.equal(await written(message("7"), message("8")), 2);
  assert.equal(await written(message("8"), message("9")), 1);
  const other = await queue.writeRecords({ ...context, source: "other_files" }, [decision]);
  assert.equal(other.newRecords, 1);
});

test("bars and rows lie in one queue, and each file is known as what it is", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  await queue.writeRecords(context, [decision]);
  const bar = { open: "1", high: "1", low: "2", close: "1", volume: null, sourceFile: "x", raw: {} };
  const bars = { asset_pair: "BTCUSD", timeframe: "1h", provider: "coinbase" };
  await queue.write(bars, [{ ...bar, openTimeMs: decision.timeMs, reason: "high < low" }]);
  const contexts = (await filesOf(queue)).map(({ letter }) => letter.context);
  assert.deepEqual(new Set(contexts), new Set([context, bars]));
});

test("values that JSON lacks, and hostile names, are kept", async () => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  const row: Record<string, unknown> = JSON.parse('{"__proto__":"kept","n":1}');
  await queue.writeRecords(context, [{ ...decision, row: { ...row, big: 2n ** 64n, at: new Date(0) } }]);
  const [name = ""] = readdirSync(folder.at("dlq"));
  const text = readFileSync(folder.at(`dlq/${name}`), "utf8");
  assert.match(text, /"big": "18446744073709551616n"/);
  const [file] = await filesOf(queue);
  assert.ok(file !== undefined && !("provider" in file.letter.context));
});

/** Takes decisions back once they have a confidence. */
function decisionReplayer(queue: DeadLetterQueue, table: unknown[]): Replayer {
  return {
    tableFor: ({ letter }) => ("table" in letter.context ? "raw_ai_decisions" : undefined),
    replay: (file) => {
      const { letter } = file;
      if ("provider" in letter.context) return undefined;
      return (async () => {
        table.push(...letter.records.map(({ raw }) => raw));
        await queue.replace(file, []);
        const counts = { replayed: letter.records.length, alreadyStored: 0, stillRejected: 0 };
        return { file, table: "raw_ai_decisions", reasons: new Map(), ...counts };
      })();
    },
  };
}

test("a replayer of its own is all that a new kind of rows needs; the replay is told", async (t) => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  await queue.writeRecords(context, [decision]);
  const told: unknown[] = [];
  t.after(pipelineEvents.deadLetterReplay.subscribe((event) => told.push(event)));
  const [file] = await filesOf(queue);
  assert.ok(file !== undefined);
  await assert.rejects(replayFile(file, [], { dryRun: false }), {
    code: "NO_REPLAYER",
    message: /rows of decision_files have no way back into a table\. They stay in the queue/,
  });
  assert.equal((await filesOf(queue)).length, 1);
  const table: unknown[] = [];
  const result = await replayFile(file, [decisionReplayer(queue, table)], { dryRun: false });
  assert.deepEqual([result.replayed, table], [1, [decision.raw]]);
  assert.deepEqual(await filesOf(queue), []);
  assert.deepEqual(
    told
      .map((event) => JSON.parse(JSON.stringify(event)))
      .map(({ rowsReplayed, table: into, source }) => [rowsReplayed, into, source]),
    [
      [0, undefined, "decision_files"],
      [1, "raw_ai_decisions", "decision_files"],
    ],
  );
});

test("a purge is told, by the file and its rows", async (t) => {
  using folder = new TemporaryFolder();
  const queue = new DeadLetterQueue(folder.at("dlq"));
  await queue.writeRecords(context, [decision, message("7")]);
  const told: unknown[] = [];
  t.after(pipelineEvents.deadLetterPurge.subscribe((event) => told.push(event)));
  const files = await filesOf(queue);
  for (const file of files) await queue.remove(file);
  assert.deepEqual(
    told,
    files.map(({ name }) => ({ file: name, source: "decision_files", kind: "row_checks_failed", rows: 1 })),
  );
});
