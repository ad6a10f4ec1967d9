import assert from "node:assert/strict";
import { test } from "node:test";

import { CrashingFileSystem } from "finance-feedback-delta/testing";
import type { Fault } from "finance-feedback-delta/testing";

import { sampled } from "../sampled.ts";
import { MemoryTopic } from "./support/memory-topic.ts";
import { StreamBench, tradeText } from "./support/stream-bench.ts";

const count = 30;

/** Two partitions: trades of one order, poison every seventh, trades sent twice. */
function topicWithPoison(): MemoryTopic {
  const topic = new MemoryTopic(["0", "1"]);
  topic.chunkSize = 4;
  for (let id = 0; id < count; id += 1)
    topic.send(String(id % 2), id % 7 === 6 ? `poison ${id}` : tradeText(id));
  topic.send("1", tradeText(2));
  return topic;
}

const ids = Array.from({ length: count }, (_, id) => id).filter((id) => id % 7 !== 6);
const poison = ["0/10", "0/3", "1/13", "1/6"];

async function run(bench: StreamBench, topic: MemoryTopic): Promise<void> {
  await bench.run({
    source: topic.source(),
    settings: { maxRows: 6, storePatienceMs: 0, intervalMs: 60_000 },
  });
}

/** How many operations of the disk a run makes. */
async function operationsOfRun(): Promise<number> {
  await using bench = new StreamBench();
  const disk = await CrashingFileSystem.over(bench.folder.path);
  bench.reopen(disk);
  await run(bench, topicWithPoison());
  return disk.changes;
}

const faults = sampled(
  "faults of the disk under a stream",
  Array.from({ length: await operationsOfRun() }, (_, index) => index + 1).flatMap((at): Fault[] => [
    { kind: "crash", when: "before", at, counting: "changes" },
    { kind: "crash", when: "after", at, counting: "changes" },
    { kind: "errno", code: "ENOSPC", at, counting: "changes" },
  ]),
  9,
);

for (const fault of faults)
  test(`each message is in the table or the dead letters once, after ${JSON.stringify(fault)}`, async () => {
    await using bench = new StreamBench();
    const topic = topicWithPoison();
    const disk = await CrashingFileSystem.over(bench.folder.path);
    bench.reopen(disk);
    disk.arm(fault);
    await run(bench, topic).catch(() => undefined);
    assert.notEqual(disk.faultAt, undefined);
    bench.reopen();
    await run(bench, topic);
    assert.deepEqual(await bench.ids(), ids);
    assert.deepEqual(await bench.letters(), poison);
    // Once more finds nothing to do.
    const before = await bench.lake.table("raw_trades").snapshot();
    await run(bench, topic);
    assert.equal((await bench.lake.table("raw_trades").snapshot()).version, before.version);
  });

test("a store that fails for a while is asked again, and the stream goes on", async () => {
  await using bench = new StreamBench({ now: () => Date.now(), sleep: async () => {} });
  const topic = topicWithPoison();
  const disk = await CrashingFileSystem.over(bench.folder.path);
  bench.reopen(disk);
  disk.arm({ kind: "errno", code: "ENOSPC", at: 20, counting: "changes" });
  await bench.run({ source: topic.source(), settings: { maxRows: 6 } });
  assert.deepEqual(await bench.ids(), ids);
  assert.deepEqual(await bench.letters(), poison);
  assert.match(bench.told.join("\n"), /The store fails, and is asked again in 0\.5 s/);
});
