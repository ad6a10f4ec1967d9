import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { deltaEvents, DeltaTable } from "../../src/index.ts";
import type { EventChannel, MemoryStore } from "../../src/index.ts";
import { eventChannel } from "../../src/contract/event-channel.ts";
import { FaultyStore } from "../support/faulty-store.ts";
import { columns, countingTable, engine, memoryStore, rejects } from "../support/tables.ts";

/** What a channel tells until the test ends. */
function heard<Payload extends object>(t: TestContext, channel: EventChannel<Payload>): Payload[] {
  const events: Payload[] = [];
  t.after(channel.subscribe((event) => void events.push(event)));
  return events;
}

function failingBuild(): { readonly count: number } {
  return assert.fail("built");
}

const failingLater: () => unknown = async () => Promise.reject(new Error("later"));

async function newTable(store: MemoryStore): Promise<DeltaTable> {
  return DeltaTable.create(store, { schema: columns({ id: "long" }), engine });
}

test("each commit is told once, with what it did", async (t) => {
  const store = memoryStore(t);
  const commits = heard(t, deltaEvents.commit);
  const table = await newTable(store);
  await table.append({ rows: [{ id: 1 }, { id: 2 }] });
  await table.delete({ where: "id = 1" });
  assert.deepEqual(
    commits.map(({ tableUri, operation, outcome, version, attempts, filesAdded, filesRemoved }) => ({
      tableUri,
      operation,
      outcome,
      version,
      attempts,
      filesAdded,
      filesRemoved,
    })),
    [["CREATE TABLE", 0, 0, 0] as const, ["WRITE", 1, 1, 0] as const, ["DELETE", 2, 1, 1] as const].map(
      ([operation, version, filesAdded, filesRemoved]) => ({
        tableUri: store.uri,
        operation,
        outcome: "committed",
        version,
        attempts: 1,
        filesAdded,
        filesRemoved,
      }),
    ),
  );
  const [, write] = commits;
  assert.equal(write?.metrics["numOutputRows"], 2);
  assert.equal(write?.bytesAdded, write?.metrics["numOutputBytes"]);
  for (const { durationSeconds } of commits) assert.ok(durationSeconds > 0);
});

test("a commit that lost a version tells of its retry, and of its attempts", async (t) => {
  const store = memoryStore(t);
  await newTable(store);
  const raced = new FaultyStore(store);
  raced.rival = async () => DeltaTable.at(store, { engine }).append({ rows: [{ id: 9 }] });
  const table = DeltaTable.at(raced, { engine });
  const commits = heard(t, deltaEvents.commit);
  const retries = heard(t, deltaEvents.retry);
  await table.append({ rows: [{ id: 1 }] });
  assert.deepEqual(
    commits.map(({ version, attempts }) => [version, attempts]),
    [
      [1, 1],
      [2, 2],
    ],
  );
  assert.deepEqual(retries, [{ tableUri: store.uri, kind: "commit", attempt: 1, version: 1 }]);
});

test("a checkpoint, a vacuum and a clean dry run are told", async (t) => {
  const checkpoints = heard(t, deltaEvents.checkpoint);
  const vacuums = heard(t, deltaEvents.vacuum);
  const store = memoryStore(t);
  const table = await countingTable(store, 2);
  const { actionCount, sizeInBytes } = await table.checkpoint();
  await table.optimize();
  const { files, metrics } = await table.vacuum({
    retentionHours: 0,
    allowShortRetention: true,
    dryRun: true,
  });
  assert.deepEqual(
    checkpoints.map(({ durationSeconds, ...facts }) => ({ ...facts, isTimed: durationSeconds > 0 })),
    [{ tableUri: store.uri, version: 2, actions: actionCount, files: 1, bytes: sizeInBytes, isTimed: true }],
  );
  assert.deepEqual(
    vacuums.map(({ isDryRun, files: count, bytes }) => [isDryRun, count, bytes]),
    [[true, files.length, metrics["sizeOfDataToDelete"]]],
  );
});

test("a scan tells of its plan, its statement and its rows, each once", async (t) => {
  const table = await countingTable(memoryStore(t), 3);
  const plans = heard(t, deltaEvents.plan);
  const scans = heard(t, deltaEvents.scan);
  const statements = heard(t, deltaEvents.sql);
  const scan = await table.scan({ where: "id >= 2" });
  assert.equal((await scan.rows()).length, 2);
  assert.deepEqual(
    plans.map(({ version, filesTotal, filesRead, prunedByStatistics }) => [
      version,
      filesTotal,
      filesRead,
      prunedByStatistics,
    ]),
    [[3, 3, 2, 1]],
  );
  assert.deepEqual(
    scans.map(({ version, rows, outcome }) => [version, rows, outcome]),
    [[3, 2, "finished"]],
  );
  assert.deepEqual(
    statements.map(({ rows, outcome }) => [rows, outcome]),
    [[2, "finished"]],
  );
});

test("a scan that nobody reads to its end was stopped", async (t) => {
  const table = await countingTable(memoryStore(t), 2);
  const scans = heard(t, deltaEvents.scan);
  for await (const _ of (await table.scan({ where: "id > 0" })).batches()) break;
  assert.deepEqual(
    scans.map(({ outcome }) => outcome),
    ["stopped"],
  );
});

test("a query tells its own text, or that it failed", async (t) => {
  const statements = heard(t, deltaEvents.sql);
  const answer = await engine.query("SELECT 1 AS one UNION ALL SELECT 2", async () => undefined);
  await answer.rows();
  await rejects(
    engine.query("SELECT nothing_of_that_name", async () => undefined),
    "INVALID_QUERY",
  );
  assert.deepEqual(
    statements.map(({ sql, rows, outcome }) => [sql, rows, outcome]),
    [
      ["SELECT 1 AS one UNION ALL SELECT 2", 2, "finished"],
      ["SELECT nothing_of_that_name", 0, "failed"],
    ],
  );
  assert.ok(statements[1]?.error instanceof Error);
});

test("nothing is built while nobody listens", () => {
  const channel = eventChannel<{ readonly count: number }>("finance-feedback-delta:test-of-silence");
  channel.publish(failingBuild);
  const stop = channel.subscribe(() => {});
  stop();
  assert.equal(channel.hasSubscribers, false);
  channel.publish(failingBuild);
});

test("a listener that throws, at once or later, harms neither the commit nor other listeners", async (t) => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", onWarning);
  t.after(() => process.off("warning", onWarning));
  t.after(
    deltaEvents.commit.subscribe(() => {
      throw new Error("at once");
    }),
  );
  t.after(deltaEvents.commit.subscribe(failingLater));
  const commits = heard(t, deltaEvents.commit);
  await newTable(memoryStore(t));
  await new Promise(setImmediate);
  assert.equal(commits.length, 1);
  assert.deepEqual(
    warnings,
    ["at once", "later"].map((why) => `A listener of finance-feedback-delta:commit failed: ${why}`),
  );
});

test("what others publish under the name of a channel does not reach its listeners", (t) => {
  const commits = heard(t, deltaEvents.commit);
  diagnostics.channel("finance-feedback-delta:commit").publish({ tableUri: "somebody else's" });
  assert.deepEqual(commits, []);
});

test("Node's own subscription gets the same events", async (t) => {
  const messages: unknown[] = [];
  const listener = (message: unknown): void => void messages.push(message);
  diagnostics.subscribe("finance-feedback-delta:commit", listener);
  t.after(() => diagnostics.unsubscribe("finance-feedback-delta:commit", listener));
  const commits = heard(t, deltaEvents.commit);
  await newTable(memoryStore(t));
  assert.deepEqual(messages, commits);
});
