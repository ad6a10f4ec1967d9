import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryTopic } from "./support/memory-topic.ts";
import { StreamBench, tradeText } from "./support/stream-bench.ts";

function topicOf(count: number, partitions: readonly string[]): MemoryTopic {
  const topic = new MemoryTopic(partitions);
  for (let id = 0; id < count; id += 1) topic.send(partitions[id % partitions.length] ?? "0", tradeText(id));
  return topic;
}

const all: readonly number[] = Array.from({ length: 40 }, (_, index) => index);

test("a reader of a group whose commit comes second goes on from the table; without a group it ends", async () => {
  for (const isShared of [true, false]) {
    await using bench = new StreamBench();
    const topic = topicOf(40, ["0"]);
    let isFirst = true;
    const run = bench.run({
      source: topic.source({ isShared }),
      settings: { maxRows: 10 },
      writer: (writer) => ({
        tables: writer.tables,
        readProgress: async (identity) => writer.readProgress(identity),
        begin: async (identity, moves) => writer.begin(identity, moves),
        async write(identity, request) {
          // The member that has the partition by now is faster.
          if (isFirst) {
            isFirst = false;
            await bench.run({ source: topic.source({ isShared: true }), settings: { maxRows: 15 } });
          }
          return writer.write(identity, request);
        },
      }),
    });
    if (isShared) await run;
    else await assert.rejects(run, /another process commits for the stream trades/);
    assert.deepEqual(await bench.ids(), all);
  }
});

test("the first reader of a group begins the partitions of the others too, at what was latest then", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(40, ["0", "1"]);
  const settings = { start: { kind: "latest" } as const };
  const never = new AbortController().signal;
  const reads = (partition: string) =>
    topic.source({
      isShared: true,
      async *assignments() {
        yield { partitions: [partition], revoked: never };
      },
    });
  await bench.run({ source: reads("0"), settings });
  topic.send("1", tradeText(100));
  await bench.run({ source: reads("1"), settings });
  assert.deepEqual(await bench.ids(), [100]);
});

test("a reader that ends at now also reads the partitions that a rebalance gives it", async () => {
  await using bench = new StreamBench();
  const topic = topicOf(40, ["0", "1"]);
  const source = topic.source({
    isShared: true,
    async *assignments() {
      yield { partitions: ["0"], revoked: AbortSignal.abort() };
      yield { partitions: ["0", "1"], revoked: new AbortController().signal };
    },
  });
  await bench.run({ source });
  assert.deepEqual(await bench.ids(), all);
});
