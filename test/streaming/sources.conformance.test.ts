import { writeFileSync } from "node:fs";

import { AssetPair } from "../../src/market/asset-pair.ts";
import { CoinbaseSource } from "../../src/streaming/source/coinbase/coinbase-source.ts";
import { DemoSource } from "../../src/streaming/source/demo-source.ts";
import { FileSource } from "../../src/streaming/source/file-source.ts";
import { systemClock } from "../../src/seams/clock.ts";
import type { Clock } from "../../src/seams/clock.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { testSource } from "./source-conformance.ts";
import { CoinbaseStandIn } from "./support/coinbase-stand-in.ts";
import { FastClock } from "./support/fast-clock.ts";
import { MemoryTopic } from "./support/memory-topic.ts";

const assetPairs = ["BTCUSD", "ETHUSD"].map((text) => AssetPair.parse(text));

testSource("memory", async () => {
  const topic = new MemoryTopic(["0", "1", "2"]);
  for (let count = 0; count < 60; count += 1) {
    topic.send(String(count % 2), count % 9 === 0 ? null : `message ${count}`);
    // Marks of transactions, and what compaction took.
    if (count % 7 === 0) topic.skipOffsets("1", 2);
  }
  topic.forgetBelow("0", 4);
  return { source: () => topic.source(), async [Symbol.asyncDispose]() {} };
});

testSource("file", async () => {
  const folder = new TemporaryFolder();
  const path = folder.at("messages.ndjson");
  const lines = Array.from({ length: 200 }, (_, line) => `{"line":${line},"text":"${"é".repeat(line)}"}`);
  writeFileSync(path, `${lines.join("\n")}\n\n`);
  return {
    source: () => new FileSource({ path, clock: systemClock, follows: true }),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
    },
  };
});

testSource("demo", async () => {
  const nowMs = Date.UTC(2026, 2, 1, 12, 0, 30);
  const clock: Clock = { now: () => nowMs, sleep: (ms, signal) => systemClock.sleep(ms, signal) };
  return {
    source: () => new DemoSource({ assetPairs, seed: 7, clock }),
    async [Symbol.asyncDispose]() {},
  };
});

for (const feed of ["exchange", "advanced"] as const)
  testSource(`coinbase ${feed}`, async () => {
    const exchange = await CoinbaseStandIn.start(["BTC-USD", "ETH-USD"], feed);
    exchange.trade("BTC-USD", { count: 2500 });
    exchange.trade("ETH-USD", { count: 20 });
    const clock = new FastClock(20);
    const { streamUrl, restUrl: baseUrl } = exchange;
    const connection = { baseUrl, clock, requestsPerSecond: Infinity };
    return {
      source: () => new CoinbaseSource({ assetPairs, feed, streamUrl, connection }),
      async [Symbol.asyncDispose]() {
        await exchange[Symbol.asyncDispose]();
      },
    };
  });
