import assert from "node:assert/strict";
import { test } from "node:test";

import type { TimeUnit } from "../../src/streaming/formats/time-unit.ts";
import { tradeDecoder, tradeText } from "./support/stream-bench.ts";

interface Told {
  readonly [name: string]: string | number | boolean | null;
}

/** What a message says: of a trade its values as texts, of others the reason or that it is left out. */
function read(format: string, text: string, timeUnit?: TimeUnit): Told | string {
  const value = Buffer.from(text);
  const decoded = tradeDecoder(format, timeUnit)({ value, after: 1, label: "0", size: 1, receivedMs: 0 });
  if (decoded.kind === "rejected") return decoded.rejection.reason;
  if (decoded.kind === "skipped") return "skipped";
  const { assetPair, price, size, ...row } = decoded.row;
  return { ...row, assetPair: assetPair.canonical, price: String(price), size: String(size) };
}

function timeOf(timestamp: number | string, unit: TimeUnit): number | string | undefined {
  // Written by hand: a number keeps the digits that it was sent with.
  const text = tradeText(1).replace(/"timestamp":\d+/, `"timestamp":${timestamp}`);
  const told = read("ffe.trade", text, unit);
  return typeof told === "string" ? told : Number(told["timeUs"]);
}

test("a time that is a number is read by its digits, whatever it counts", () => {
  assert.equal(timeOf("1772355600123456789", "ns"), 1_772_355_600_123_456);
  assert.equal(timeOf("1772355600123456999", "ns"), 1_772_355_600_123_456);
  assert.equal(timeOf("1772355600123456", "us"), 1_772_355_600_123_456);
  assert.equal(timeOf("1772355600123", "ms"), 1_772_355_600_123_000);
  assert.equal(timeOf("1772355600123.25", "ms"), 1_772_355_600_123_250);
  for (let part = 0; part < 1000; part += 7) {
    const digits = String(part).padStart(3, "0");
    assert.equal(timeOf(`1772355600.${digits}`, "s"), 1_772_355_600_000_000 + part * 1000);
  }
  assert.equal(timeOf("-5", "s"), "timestamp is not a time in s");
});

test("a match of Coinbase Exchange is a trade of the taker's side, and other messages are none", () => {
  const match = {
    type: "match",
    trade_id: 10,
    maker_order_id: "ac928c66",
    taker_order_id: "132fb6ae",
    side: "sell",
    size: "5.23512",
    price: "400.23",
    product_id: "BTC-USD",
    sequence: 50,
    time: "2014-11-07T08:19:27.028459Z",
  };
  assert.deepEqual(read("coinbase.exchange", JSON.stringify(match)), {
    tradeId: "10",
    timeUs: Date.UTC(2014, 10, 7, 8, 19, 27) * 1000 + 28_459,
    side: "buy",
    provider: "coinbase",
    isMock: false,
    assetPair: "BTCUSD",
    price: "40023000000",
    size: "523512000",
  });
  assert.equal(read("coinbase.exchange", '{"type":"subscriptions","channels":[]}'), "skipped");
  assert.equal(
    read("coinbase.exchange", JSON.stringify({ ...match, price: true })),
    "price is not a number: was boolean",
  );
});

test("a trade of cryptofeed has seconds, an exchange in capitals and an amount", () => {
  const text =
    '{"exchange":"COINBASE","symbol":"ETH-USD","side":"sell","amount":0.00012345,"price":3001.1,"id":"77","type":null,"timestamp":1772355600.123457,"receipt_timestamp":1772355600.2}';
  assert.deepEqual(read("cryptofeed", text), {
    tradeId: "77",
    timeUs: 1_772_355_600_123_457,
    side: "sell",
    provider: "coinbase",
    isMock: false,
    assetPair: "ETHUSD",
    price: "300110000000",
    size: "12345",
  });
});

test("a member that is missing or of another type is named with what it was", () => {
  assert.equal(read("ffe.trade", tradeText(1, { price: null })), "price missing");
  assert.equal(
    read("ffe.trade", tradeText(1, { trade_id: true })),
    "trade_id is not a text or a number: was boolean",
  );
  assert.equal(read("ffe.trade", tradeText(1, { asset_pair: 5 })), "asset_pair is not a text: was number");
});
