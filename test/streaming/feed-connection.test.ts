import assert from "node:assert/strict";
import { test } from "node:test";

import { AssetPair } from "../../src/market/asset-pair.ts";
import { FeedConnection, usualTimings } from "../../src/streaming/source/coinbase/feed-connection.ts";
import { advancedFeed, exchangeFeed } from "../../src/streaming/source/coinbase/feed-protocol.ts";
import type { FeedEvent } from "../../src/streaming/source/coinbase/feed-protocol.ts";
import type { OpenSocket } from "../../src/streaming/source/web-socket.ts";
import { SteppedClock } from "../providers/fake-clock.ts";

const products = new Map([["BTC-USD", AssetPair.parse("BTCUSD")]]);
const heartbeat =
  '{"type":"heartbeat","product_id":"BTC-USD","last_trade_id":1,"time":"2026-03-01T00:00:00Z"}';

/** A connection over sockets that a test speaks through. */
class Line implements AsyncDisposable {
  readonly clock = new SteppedClock();
  readonly told: string[] = [];
  readonly sent: string[] = [];
  readonly connection: FeedConnection;
  opened = 0;
  refuses: boolean;
  say: (text: string) => void = () => {};
  end: (reason: string) => void = () => {};
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();

  constructor({ refuses = false } = {}) {
    this.refuses = refuses;
    const openSocket: OpenSocket = async (_, listener) => {
      this.opened += 1;
      if (this.refuses) throw new Error("connect ECONNREFUSED");
      this.say = (text) => listener.onMessage(text);
      this.end = (reason) => listener.onClosed(reason);
      return { send: (text) => void this.sent.push(text), pause() {}, resume() {}, close() {} };
    };
    const events: FeedEvent[] = [];
    this.connection = new FeedConnection(
      {
        protocol: exchangeFeed,
        url: "wss://feed.example.com",
        products,
        openSocket,
        clock: this.clock,
        // The whole pause.
        random: () => 1,
        timings: usualTimings,
        tell: (message) => void this.told.push(message),
      },
      { onEvent: (event) => void events.push(event), onLost() {} },
    );
    this.ended = this.connection.run(this.#stop.signal);
    this.ended.catch(() => undefined);
  }

  /** Seconds go by; in each of them a heartbeat comes, unless the feed is silent. */
  async seconds(count: number, { silent = false } = {}): Promise<void> {
    for (let second = 0; second < count; second += 1) {
      if (!silent) this.say(heartbeat);
      await this.clock.advance(1000);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.clock.advance(100_000);
    await this.ended.catch(() => undefined);
  }
}

test("a connection that sends nothing for 5 seconds is made again, and one with heartbeats is left alone", async () => {
  await using line = new Line();
  await line.seconds(60);
  assert.equal(line.opened, 1);
  await line.seconds(6, { silent: true });
  assert.match(line.told.join("\n"), /it sent nothing for 5 s/);
  await line.seconds(2);
  assert.equal(line.opened, 2);
  assert.equal(line.sent.length, 2);
});

test("pauses double up to a minute, and are short again only after 30 seconds of messages", async () => {
  await using line = new Line();
  await line.seconds(1);
  const pauses: number[] = [];
  const cut = async (): Promise<void> => {
    const before = line.opened;
    line.end("cut");
    await line.clock.advance(0);
    for (let second = 1; line.opened === before; second += 1) {
      await line.clock.advance(1000);
      if (line.opened > before) pauses.push(second);
    }
    await line.clock.advance(0);
  };
  for (let count = 0; count < 8; count += 1) await cut();
  assert.deepEqual(pauses.splice(0), [1, 2, 4, 8, 16, 32, 60, 60]);
  // A subscription that succeeds is no sign of health yet.
  await line.seconds(20);
  await cut();
  assert.deepEqual(pauses.splice(0), [60]);
  await line.seconds(31);
  await cut();
  assert.deepEqual(pauses, [1]);
});

test("a machine that slept makes its connection again at once", async () => {
  await using line = new Line();
  await line.seconds(3);
  await line.clock.advance(3_600_000);
  await line.clock.advance(1000);
  assert.match(line.told[0] ?? "", /this machine slept for 3599 s/);
  assert.equal(line.opened, 2);
});

test("a feed that was never reached ends the stream, and one that was reached once is tried for ever", async () => {
  await using line = new Line();
  await line.seconds(1);
  line.refuses = true;
  line.end("gone");
  await line.seconds(600, { silent: true });
  assert.ok(line.opened > 8);
  await using other = new Line({ refuses: true });
  await other.seconds(10, { silent: true });
  await assert.rejects(
    other.ended,
    /feed\.example\.com cannot be reached after 4 tries: connect ECONNREFUSED/,
  );
});

test("who is cut off twice in ten minutes for reading too slowly hears which buffer was full", async () => {
  await using line = new Line();
  await line.seconds(1);
  line.say('{"type":"error","message":"ErrSlowConsume"}');
  line.end("cut");
  await line.seconds(3);
  assert.doesNotMatch(line.told.join("\n"), /buffer/);
  line.connection.pause();
  line.end("cut");
  await line.seconds(3);
  assert.match(
    line.told.join("\n"),
    /cut off twice in ten minutes[\s\S]*the buffer of trades that wait for a batch/,
  );
});

test("the advanced feed is subscribed to with its heartbeats, and a number that is left out is a loss", () => {
  assert.deepEqual(
    advancedFeed.subscribe(["BTC-USD"]).map((text): unknown => JSON.parse(text)),
    [
      { type: "subscribe", product_ids: ["BTC-USD"], channel: "market_trades" },
      { type: "subscribe", product_ids: ["BTC-USD"], channel: "heartbeats" },
    ],
  );
  const read = advancedFeed.reader(products);
  const kinds = [0, 1, 4, 4, 5].map((number) => read(numbered(number)).map(({ kind }) => kind));
  assert.deepEqual(kinds, [
    ["heartbeat"],
    ["heartbeat"],
    ["missed", "heartbeat"],
    ["heartbeat"],
    ["heartbeat"],
  ]);
});

function numbered(number: number): string {
  const timestamp = "2026-03-01T00:00:00Z";
  return JSON.stringify({ channel: "heartbeats", timestamp, sequence_num: number, events: [] });
}
