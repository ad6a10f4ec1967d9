import assert from "node:assert/strict";
import { test } from "node:test";

import type { CommittedBatch } from "../../src/streaming/run/stream-run.ts";
import { readStreamGaps, recordStreamGaps } from "../../src/streaming/progress/stream-gaps.ts";
import { MemoryTopic } from "./support/memory-topic.ts";
import { StreamBench, tradeText } from "./support/stream-bench.ts";

function topicOf(count: number, partitions: readonly string[] = ["0"]): MemoryTopic {
  const topic = new MemoryTopic(partitions);
  for (let id = 0; id < count; id += 1) topic.send(partitions[id % partitions.length] ?? "0", tradeText(id));
  return topic;
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

test("messages of all partitions become rows, and the table says how far each partition is", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(50, ["0", "1", "2"]);
  await bench.run({ source: topic.source() });
  assert.deepEqual(await bench.ids(), numbers(50));
  const snapshot = await bench.lake.table("raw_trades").snapshot();
  const positions = ["0", "1", "2"].map(
    (partition) => snapshot.transaction(`ffe.stream/trades/topic-1/${partition}`)?.version,
  );
  assert.deepEqual(positions, [17, 17, 16]);
  assert.deepEqual(Object.fromEntries(topic.acknowledged), { "0": 17, "1": 17, "2": 16 });
  const history = await bench.lake.getTableHistory("raw_trades");
  assert.equal(history[0]?.operation, "STREAMING UPDATE");
  assert.equal(history[0].operationParameters["queryId"], "trades");
});

test("the next start goes on from the table, and does not look at what the source was told", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(10);
  await bench.run({ source: topic.source() });
  topic.acknowledged.clear();
  for (let id = 10; id < 25; id += 1) topic.send("0", tradeText(id));
  const batches: CommittedBatch[] = [];
  await bench.run({ source: topic.source(), onBatch: (batch) => void batches.push(batch) });
  assert.deepEqual(await bench.ids(), numbers(25));
  assert.equal(
    batches.reduce((sum, { messages }) => sum + messages, 0),
    15,
  );
});

test("a batch is closed by its rows, its bytes or its interval", async () => {
  await using bench = new StreamBench();
  const sizes = async (settings: { maxRows?: number; maxBytes?: number }, job: string): Promise<number[]> => {
    const batches: CommittedBatch[] = [];
    await bench.run({
      source: topicOf(40).source(),
      settings: { intervalMs: 60_000, ...settings },
      job,
      onBatch: (batch) => void batches.push(batch),
    });
    return batches.map(({ messages }) => messages);
  };
  assert.deepEqual(await sizes({ maxRows: 16 }, "rows"), [16, 16, 8]);
  const bytes = tradeText(0).length;
  assert.deepEqual(await sizes({ maxBytes: 20 * bytes }, "bytes"), [20, 20]);
  const stop = new AbortController();
  const seen: number[] = [];
  await bench.run({
    source: topicOf(5).source(),
    settings: { untilNow: false, intervalMs: 30 },
    job: "interval",
    signal: stop.signal,
    onBatch: ({ messages }) => {
      seen.push(messages);
      stop.abort();
    },
  });
  assert.deepEqual(seen, [5]);
});

test("a message that is no trade is a dead letter with its place, and the positions move past it", async () => {
  await using bench = new StreamBench();
  const topic = new MemoryTopic(["0", "1"]);
  topic.send("0", tradeText(1));
  topic.send("1", "not JSON");
  topic.send("1", tradeText(2, { price: "-1" }));
  topic.send("0", null);
  topic.send("0", Buffer.from([0xff, 0xfe]));
  await bench.run({ source: topic.source() });
  await bench.run({ source: topic.source() });
  assert.deepEqual(await bench.ids(), [1]);
  assert.deepEqual(await bench.letters(), ["0/2", "1/0", "1/1"]);
});

test("messages that are all poison move the positions too", async () => {
  await using bench = new StreamBench();
  const topic = new MemoryTopic();
  topic.send("0", "poison");
  await bench.run({ source: topic.source() });
  const snapshot = await bench.lake.table("raw_trades").snapshot();
  assert.equal(snapshot.transaction("ffe.stream/trades/topic-1/0")?.version, 1);
});

test("a producer that sends mostly what does not pass stops the stream, with nothing of the batch committed", async () => {
  await using bench = new StreamBench();
  const topic = new MemoryTopic();
  for (let id = 0; id < 120; id += 1) topic.send("0", id < 50 ? tradeText(id) : "wrong");
  await assert.rejects(
    bench.run({ source: topic.source(), settings: { maxRows: 1000 } }),
    /70 of 120 messages do not pass/,
  );
  assert.deepEqual(await bench.ids(), []);
  assert.deepEqual(await bench.letters(), []);
  await bench.run({ source: topic.source(), settings: { maxRejectedShare: 1 } });
  assert.equal((await bench.ids()).length, 50);
});

test("a trade that comes again is left out, and with other values it is a revision", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(5);
  await bench.run({ source: topic.source() });
  topic.send("0", tradeText(3));
  topic.send("0", tradeText(4, { price: "1" }));
  topic.send("0", tradeText(4, { price: "1" }));
  topic.send("0", tradeText(5));
  const batches: CommittedBatch[] = [];
  await bench.run({ source: topic.source(), onBatch: (batch) => void batches.push(batch) });
  assert.deepEqual(await bench.ids(), [0, 1, 2, 3, 4, 4, 5]);
  assert.deepEqual(
    batches.map(({ rowsIngested, rowsRevised, rowsUnchanged }) => ({
      rowsIngested,
      rowsRevised,
      rowsUnchanged,
    })),
    [{ rowsIngested: 2, rowsRevised: 1, rowsUnchanged: 2 }],
  );
});

test("marks of transactions and holes at the end do not keep a stream that reads until now", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(3);
  topic.skipOffsets("0", 4);
  await bench.run({ source: topic.source() });
  assert.deepEqual(await bench.ids(), numbers(3));
  const snapshot = await bench.lake.table("raw_trades").snapshot();
  assert.equal(snapshot.transaction("ffe.stream/trades/topic-1/0")?.version, 7);
});

test("where a first start begins is committed before it reads", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(10);
  const failing = topic.source();
  failing.assignments = async function* () {
    yield {
      partitions: ["0"],
      // It dies in its first batch.
      async *read() {
        yield await Promise.reject(new Error("killed"));
      },
    };
  };
  await assert.rejects(
    bench.run({ source: failing, settings: { start: { kind: "latest" }, untilNow: false } }),
    /killed/,
  );
  for (let id = 10; id < 15; id += 1) topic.send("0", tradeText(id));
  await bench.run({ source: topic.source(), settings: { start: { kind: "latest" } } });
  assert.deepEqual(await bench.ids(), [10, 11, 12, 13, 14]);
});

test("a partition that is new is read from its beginning, whatever start says", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(4);
  await bench.run({ source: topic.source(), settings: { start: { kind: "latest" } } });
  topic.addPartition("1");
  topic.send("1", tradeText(100));
  await bench.run({ source: topic.source(), settings: { start: { kind: "latest" } } });
  assert.deepEqual(await bench.ids(), [100]);
});

test("messages that retention took stop the stream, or are passed over when that is asked for", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(10);
  await bench.run({ source: topic.source() });
  for (let id = 10; id < 40; id += 1) topic.send("0", tradeText(id));
  topic.forgetBelow("0", 30);
  await assert.rejects(
    bench.run({ source: topic.source() }),
    /partition 0: offsets 10 to 29 \(20 messages at most\)/,
  );
  await bench.run({ source: topic.source(), settings: { onGap: "skip" } });
  assert.partialDeepStrictEqual(await readStreamGaps(bench.lake), [
    { job: "trades", partition: "0", reason: "retention", status: "accepted" },
  ]);
  assert.deepEqual(await bench.ids(), [...numbers(10), ...numbers(40).slice(30)]);
});

test("a source that ends before the table does stops the stream", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(10);
  await bench.run({ source: topic.source() });
  topic.truncate("0", 6);
  await assert.rejects(bench.run({ source: topic.source() }), /up to 10, and the source ends at 6/);
});

test("a topic that was made anew stops the stream, and is read from its beginning when it is accepted", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(10);
  await bench.run({ source: topic.source(), settings: { start: { kind: "latest" } } });
  topic.recreate("topic-2");
  for (let id = 50; id < 53; id += 1) topic.send("0", tradeText(id));
  await assert.rejects(bench.run({ source: topic.source() }), /made anew \(topic-1 is now topic-2\)/);
  await bench.run({ source: topic.source(), settings: { acceptsNewTopic: true, start: { kind: "latest" } } });
  assert.deepEqual(await bench.ids(), [50, 51, 52]);
});

test("of two processes with one job one commits, and the other one ends and names it", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(20);
  await bench.run({ source: topic.source() });
  for (let id = 20; id < 40; id += 1) topic.send("0", tradeText(id));
  const overtaken = bench.run({
    source: topic.source(),
    writer: (writer) => ({
      tables: writer.tables,
      readProgress: async (identity) => writer.readProgress(identity),
      begin: async (identity, moves) => writer.begin(identity, moves),
      write: async (identity, request) => {
        // The other process reads and commits the same messages first, and more.
        topic.send("0", tradeText(40));
        await bench.run({ source: topic.source() });
        return writer.write(identity, request);
      },
    }),
  });
  await assert.rejects(
    overtaken,
    /another process commits for the stream trades: partition 0 is at 41, not at 20/,
  );
  assert.deepEqual(await bench.ids(), numbers(41));
});

test("a failure to tell the source changes nothing", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(3);
  topic.acknowledgeError = new Error("no broker");
  await bench.run({ source: topic.source() });
  assert.deepEqual(await bench.ids(), numbers(3));
  assert.match(
    bench.told.join("\n"),
    /The source is not told how far the stream is, which changes nothing: no broker/,
  );
});

test("while a commit hangs, reading stops at what two batches may hold", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(500);
  const hanging = Promise.withResolvers<undefined>();
  const stop = new AbortController();
  let writes = 0;
  const begun = Promise.withResolvers<undefined>();
  const running = bench.run({
    source: topic.source(),
    settings: { maxRows: 20, untilNow: false },
    signal: stop.signal,
    writer: (writer) => ({
      tables: writer.tables,
      readProgress: async (identity) => writer.readProgress(identity),
      begin: async (identity, moves) => writer.begin(identity, moves),
      write: async (identity, request) => {
        writes += 1;
        begun.resolve(undefined);
        if (writes === 1) await hanging.promise;
        return writer.write(identity, request);
      },
    }),
  });
  await begun.promise;
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
  assert.equal(writes, 1);
  // 20 in the commit, 20 in the batch behind it, and one chunk that was read ahead.
  assert.ok(topic.chunksRead * topic.chunkSize <= 20 + 20 + 2 * topic.chunkSize, String(topic.chunksRead));
  hanging.resolve(undefined);
  stop.abort();
  await running;
  const ids = await bench.ids();
  assert.deepEqual(ids, numbers(ids.length));
});

test("a stream that is stopped commits what it holds, and the next start goes on exactly there", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(30);
  const stop = new AbortController();
  const running = bench.run({
    source: topic.source(),
    settings: { untilNow: false, intervalMs: 60_000 },
    signal: stop.signal,
  });
  while (topic.chunksRead < 5) await new Promise(setImmediate);
  stop.abort();
  await running;
  const held = await bench.ids();
  assert.ok(held.length > 0);
  await bench.run({ source: topic.source() });
  assert.deepEqual(await bench.ids(), numbers(30));
});

test("holes that a stream passes are in ops.stream_gaps once, however often they are told", async () => {
  await using bench = new StreamBench();
  const gap = {
    job: "trades",
    source: "kafka",
    topic: "market.trades",
    partition: "3",
    fromPosition: 1200,
    toPosition: 5000,
    reason: "retention",
    status: "accepted",
  } as const;
  await recordStreamGaps([gap], bench);
  await recordStreamGaps([gap], bench);
  await recordStreamGaps([{ ...gap, partition: "1", status: "open" }], bench);
  await recordStreamGaps([{ ...gap, partition: "1", status: "filled" }], bench);
  assert.partialDeepStrictEqual(await readStreamGaps(bench.lake), [
    { partition: "1", status: "filled" },
    { partition: "3", fromPosition: 1200, toPosition: 5000, status: "accepted" },
  ]);
  const scan = await bench.lake.readTable({ tableName: "ops.stream_gaps" });
  assert.equal((await scan.rows()).length, 3);
});

test("a table that may forget how far a stream is gets no stream", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(10);
  await bench.run({ source: topic.source() });
  await bench.lake
    .table("raw_trades")
    .setProperties({ "delta.setTransactionRetentionDuration": "interval 7 days" });
  await assert.rejects(bench.run({ source: topic.source() }), /raw_trades forgets how far streams are/);
});
