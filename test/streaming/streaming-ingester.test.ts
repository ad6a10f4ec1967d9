import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";

import { checkConfig } from "../../src/config/check-config.ts";
import { configuredStream, StreamingError, StreamingIngester } from "../../src/index.ts";
import { StreamBench, tradeText } from "./support/stream-bench.ts";

test("a program streams, watches how it goes, and stops it; the next one goes on there", async () => {
  await using bench = new StreamBench();
  const { lake, deadLetters } = bench;
  const path = bench.folder.at("trades.ndjson");
  writeFileSync(path, `${tradeText(0)}\n${tradeText(1)}\n`);
  const committed = Promise.withResolvers<undefined>();
  const options = { source: `file:${path}`, name: "program", intervalMs: 5, deadLetters };
  const ingester = new StreamingIngester(lake, {
    ...options,
    follow: true,
    onBatch: () => committed.resolve(undefined),
  });
  assert.equal(ingester.status().state, "ready");
  const run = ingester.start();
  await assert.rejects(ingester.start(), /runs once/);
  await committed.promise;
  assert.deepEqual(
    [...(await ingester.lag()).values()].map(({ lag }) => lag),
    [0],
  );
  assert.equal(ingester.status().state, "running");
  await ingester.stop();
  await run;
  assert.partialDeepStrictEqual(ingester.status(), {
    name: "program",
    state: "ended",
    tables: ["raw_trades"],
    rowsIngested: 2,
  });
  const next = new StreamingIngester(lake, options);
  await next.start();
  assert.equal(next.status().messages, 0);
});

test("a stream that fails says so to whoever waits for its run", async () => {
  await using bench = new StreamBench();
  const { lake, deadLetters } = bench;
  const ingester = new StreamingIngester(lake, { source: "file:nowhere.ndjson", deadLetters });
  const run = assert.rejects(ingester.start(), StreamingError);
  await ingester.stop();
  await run;
  assert.equal(ingester.status().state, "failed");
});

test("a stream of the configuration has all of its options", () => {
  const stream = {
    source: "file:trades.ndjson",
    assets: ["BTCUSD"],
    format: "ffe.trade",
    time_unit: "us",
    interval: "500ms",
    max_rows: 10,
    max_bytes: "2MB",
    max_rejected_share: 0.1,
    start: "earliest",
    on_gap: "skip",
    until_now: true,
    follow: true,
    speed: "60x",
    seed: 3,
    brokers: ["broker:9092"],
    topic: "market.trades",
    group: true,
    member: "one",
    tls: true,
    tls_ca: "ca.pem",
    tls_cert: "cert.pem",
    tls_key: "key.pem",
    login: "plain",
    wait: true,
    connect_timeout: "30s",
    metadata_max_age: "1m",
  };
  assert.deepEqual(configuredStream(checkConfig({ streams: { replay: stream } }), "replay"), {
    name: "replay",
    source: "file:trades.ndjson",
    assets: ["BTCUSD"],
    format: "ffe.trade",
    timeUnit: "us",
    intervalMs: 500,
    maxRows: 10,
    maxBytes: 2 * 1024 * 1024,
    maxRejectedShare: 0.1,
    start: "earliest",
    onGap: "skip",
    untilNow: true,
    follow: true,
    speed: 60,
    seed: 3,
    brokers: ["broker:9092"],
    topic: "market.trades",
    group: true,
    member: "one",
    tls: true,
    tlsCa: "ca.pem",
    tlsCert: "cert.pem",
    tlsKey: "key.pem",
    login: "plain",
    wait: true,
    connectTimeoutMs: 30_000,
    metadataMaxAgeMs: 60_000,
  });
});

test("what is wrong with a stream of the configuration is said by its key", () => {
  const tries: readonly (readonly [streams: object, message: RegExp])[] = [
    [{ replay: { source: "demo", intervall: "5s" } }, /streams\.replay\.intervall: unknown key/],
    [{ replay: {} }, /streams\.replay\.source/],
    [{ replay: { source: "demo", interval: 5 } }, /streams\.replay\.interval/],
    [{ replay: { source: "demo", interval: "5 parsecs" } }, /expected a duration such as 5s/],
    [{ replay: { source: "demo", max_bytes: "many" } }, /expected a size such as 64MB/],
    [{ status: { source: "demo" } }, /ffe stream status is a command/],
    [{ "a/b": { source: "demo" } }, /letters, digits/],
    [{ replay: { source: "demo", assets: ["?"] } }, /streams\.replay\.assets\.0: is no asset/],
  ];
  for (const [streams, message] of tries) assert.throws(() => checkConfig({ streams }), message);
  assert.throws(
    () => configuredStream(checkConfig({ streams: { replay: { source: "demo" } } }), "rplay"),
    /Did you mean replay\?/,
  );
});
