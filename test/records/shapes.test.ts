// Each way in which the trading engine has written a number, a time, a side.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { isFailed, readRecord } from "../../src/records/record-reading.ts";
import type { RecordKind } from "../../src/records/record-kinds.ts";
import { readAction } from "../../src/records/shapes/actions.ts";
import { readAmount } from "../../src/records/shapes/amount.ts";
import { readRecordInstant } from "../../src/records/shapes/instant.ts";
import { pairOf } from "../../src/records/shapes/instrument.ts";

const decision = {
  id: "d-1",
  asset_pair: "BTCUSD",
  action: "BUY",
  confidence: 80,
  timestamp: "2026-01-05T10:00:00Z",
};
const trade = {
  trade_id: "t-1",
  product: "EUR_USD",
  side: "LONG",
  entry_time: "2026-01-05T10:00:00+00:00",
  entry_price: "1.19111",
  entry_size: "2101.0",
  exit_time: "2026-01-05T12:00:00+00:00",
  exit_price: "1.2",
  exit_size: "2101.0",
  realized_pnl: "18.67789",
  fees: "0",
};

function columnsOf(record: object, expected?: RecordKind): Readonly<Record<string, unknown>> {
  const reading = readRecord(JSON.stringify(record), expected);
  assert.ok(!isFailed(reading), isFailed(reading) ? reading.reason : "");
  return reading.shaped.columns;
}

function reasonOf(record: object, expected?: RecordKind): string {
  const reading = readRecord(JSON.stringify(record), expected);
  assert.ok(isFailed(reading));
  return reading.reason;
}

test("amounts are exact to the 18th decimal, and rounded behind it, ties to even", () => {
  for (const [text, amount] of [
    ["0E-30", "0"],
    ["-0.0043750", "-0.004375"],
    ["1234567890.123456789012345678", "1234567890.123456789012345678"],
    ["-0.3698349901940894028538581186", "-0.369834990194089403"],
    ["0.0000000000000000005", "0"],
    ["0.0000000000000000015", "0.000000000000000002"],
    ["0.00000000000000000050000001", "0.000000000000000001"],
    ["4.9e-19", "0"],
    ["1e-7", "0.0000001"],
    [".5", "0.5"],
    ["+7", "7"],
    ["99999999999999999999.5", "99999999999999999999.5"],
    ["1e19", "10000000000000000000"],
  ] as const)
    assert.equal(readAmount(text), amount, text);
  for (const text of ["100000000000000000000", "1e20", "99999999999999999999.9999999999999999999"])
    assert.deepEqual(readAmount(text), { problem: "has more than 20 digits before the point" }, text);
  for (const text of ["", "NaN", "Infinity", "0x10", "1,000", "12abc", "1e99999"])
    assert.deepEqual(readAmount(text), { problem: "is not a number" }, text);
});

test("any decimal that fits comes back as the same value", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), (unscaled) => {
      const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(19, "0");
      const text = `${unscaled < 0n ? "-" : ""}${digits.slice(0, -18)}.${digits.slice(-18)}`;
      const read = readAmount(text);
      assert.ok(typeof read === "string");
      const [whole = "", fraction = ""] = read.replace("-", "").split(".");
      assert.equal(BigInt(whole + fraction.padEnd(18, "0")), unscaled < 0n ? -unscaled : unscaled);
      assert.equal(read.startsWith("-"), unscaled < 0n);
    }),
  );
});

test("times come with Z, with an offset, with none, and as seconds", () => {
  for (const [text, utc, isAssumed] of [
    ["2026-01-05T10:00:00Z", "2026-01-05T10:00:00.000000Z", false],
    ["2026-02-13T20:48:19.034626+00:00", "2026-02-13T20:48:19.034626Z", false],
    ["2025-11-27T16:47:33.661809", "2025-11-27T16:47:33.661809Z", true],
    ["2026-01-05 10:00:00", "2026-01-05T10:00:00.000000Z", true],
    ["2026-01-05T10:00:00.123456789-05:00", "2026-01-05T15:00:00.123456Z", false],
    ["2026-01-05", "2026-01-05T00:00:00.000000Z", true],
    ["1766601724.267404", "2025-12-24T18:42:04.267404Z", false],
    ["1766601724267", "2025-12-24T18:42:04.267000Z", false],
  ] as const) {
    const instant = readRecordInstant(text);
    assert.deepEqual([instant?.text, instant?.isZoneAssumed], [utc, isAssumed], text);
  }
  for (const text of [
    "",
    "yesterday",
    "2026-02-30T00:00:00Z",
    "10:00",
    "1969-12-31",
    "2300-01-01",
    "99999999999999999",
  ])
    assert.equal(readRecordInstant(text), undefined, text);
});

test("instruments of every platform are the pairs whose bars there are", () => {
  for (const [instrument, pair] of [
    ["BTCUSD", "BTCUSD"],
    ["BTC-USD", "BTCUSD"],
    ["EUR_USD", "EURUSD"],
    ["BIP20DEC30CDE", "BTCUSD"],
    ["BIP-20DEC30-CDE", "BTCUSD"],
    ["ETP-20DEC30-CDE", "ETHUSD"],
    ["ZZZ-20DEC30-CDE", null],
    ["UNKNOWNTHING", null],
  ] as const)
    assert.equal(pairOf(instrument), pair, instrument);
});

test("the policy's eleven actions have a direction, except where a position is reduced or closed", () => {
  const directions = Object.fromEntries(
    [
      "HOLD",
      "OPEN_SMALL_LONG",
      "OPEN_MEDIUM_LONG",
      "ADD_SMALL_LONG",
      "REDUCE_LONG",
      "CLOSE_LONG",
      "OPEN_SMALL_SHORT",
      "OPEN_MEDIUM_SHORT",
      "ADD_SMALL_SHORT",
      "REDUCE_SHORT",
      "CLOSE_SHORT",
    ].map((name) => [name, readAction(name)?.direction]),
  );
  assert.deepEqual(Object.values(directions), [0, 1, 1, 1, null, null, -1, -1, -1, null, null]);
  assert.equal(readAction("BUY_MORE_NOW"), undefined);
  const columns = columnsOf({ ...decision, action: "BUY", policy_action: "OPEN_MEDIUM_SHORT" });
  assert.deepEqual(
    [columns["action"], columns["policy_action"], columns["direction"]],
    ["SELL", "OPEN_MEDIUM_SHORT", -1],
  );
});

test("a decision's id stands under id or decision_id, outside or under decision", () => {
  const { id, ...rest } = decision;
  for (const record of [
    { ...rest, id },
    { ...rest, decision_id: id },
    { decision: { ...rest, id } },
    { decision: { ...rest, decision_id: id }, executed: true },
    { ...rest, decision: id },
    { ...rest, id: 17, decision_id: id },
  ]) {
    const { decision_id: found, asset_pair: pair } = columnsOf(record);
    assert.ok(found === id || found === "17");
    assert.equal(pair, "BTCUSD");
  }
  assert.equal(reasonOf(rest), "id missing");
});

test("confidence is a number or a text from 0 to 100", () => {
  for (const confidence of [80, 80.0, "80", " 80.5 ", 0, "100"])
    assert.equal(typeof columnsOf({ ...decision, confidence })["confidence"], "number");
  for (const [confidence, reason] of [
    [101, "confidence not from 0 to 100: 101"],
    ["high", 'confidence is not a number: "high"'],
    [null, "confidence missing"],
    ["", "confidence missing"],
    [[80], "confidence is not a number: [80]"],
  ] as const)
    assert.equal(reasonOf({ ...decision, confidence }), reason);
});

test("recovered positions and tests are marked, since they are no decisions", () => {
  assert.equal(columnsOf(decision)["kind"], "decision");
  assert.equal(
    columnsOf({ ...decision, id: "RECOVERED_BIP20DEC30CDE_1766601724_582be1c7" })["kind"],
    "recovery",
  );
  assert.equal(
    columnsOf({ ...decision, ai_provider: "recovery", action: "HOLD", confidence: 50 })["kind"],
    "recovery",
  );
  assert.equal(columnsOf({ ...decision, id: "test-learn" })["kind"], "test");
});

test("votes come out flat, with each seat of a debate", () => {
  const columns = columnsOf({
    ...decision,
    ensemble_metadata: {
      voting_strategy: "debate",
      debate_mode: true,
      agreement_score: "0.66",
      fallback_tier: "none",
      providers_failed: ["gemma3:4b"],
      debate_seats: { bull: "gemma2:9b", bear: "llama3.1:8b", judge: "gemma2:9b" },
      role_decisions: {
        bull: { action: "OPEN_SMALL_LONG", confidence: 70 },
        bear: { action: "SELL", provider: "llama3.1:8b" },
        judge: { action: "BUY", provider: "gemma2:9b", confidence: "not sure" },
      },
      provider_decisions: {
        "gemma2:9b": { action: "BUY" },
        ["__proto__"]: { action: "HOLD", confidence: 35 },
      },
      adjusted_weights: { "gemma2:9b": 0.35 },
      original_weights: { "gemma2:9b": 0.2, "llama3.1:8b": 0.25 },
    },
  });
  const vote = { role: null, confidence: null, weight: null, voting_power: null };
  assert.deepEqual(columns["provider_votes"], [
    {
      ...vote,
      provider: "gemma2:9b",
      role: "bull",
      action: "OPEN_SMALL_LONG",
      direction: 1,
      confidence: 70,
      weight: 0.35,
    },
    { ...vote, provider: "llama3.1:8b", role: "bear", action: "SELL", direction: -1, weight: 0.25 },
    { ...vote, provider: "gemma2:9b", role: "judge", action: "BUY", direction: 1, weight: 0.35 },
    { ...vote, provider: "__proto__", action: "HOLD", direction: 0, confidence: 35 },
  ]);
  assert.deepEqual(
    ["voting_strategy", "debate_mode", "agreement_score", "fallback_tier", "providers_failed"].map(
      (name) => columns[name],
    ),
    ["debate", true, 0.66, "none", ["gemma3:4b"]],
  );
});

test("both shapes of an outcome are trades", () => {
  const lines = columnsOf(trade);
  assert.deepEqual(
    [
      "trade_id",
      "asset_pair",
      "side",
      "direction",
      "entry_price",
      "exit_size",
      "reported_pnl",
      "fees",
      "status",
    ].map((name) => lines[name]),
    ["t-1", "EURUSD", "LONG", 1, "1.19111", "2101", "18.67789", "0", "closed"],
  );
  const file = columnsOf({
    decision_id: "d-1",
    asset_pair: "BTCUSD",
    action: "SELL",
    entry_timestamp: "2025-11-14T19:23:54.197493",
    exit_timestamp: "2025-11-15T19:23:54.197493",
    entry_price: 52000,
    exit_price: 50000,
    position_size: 0.12,
    realized_pnl: 240.0,
    pnl_percentage: 3.8461538461538463,
    hit_stop_loss: false,
    hit_take_profit: true,
  });
  assert.deepEqual(
    ["trade_id", "decision_id", "side", "entry_size", "exit_size", "exit_reason"].map((name) => file[name]),
    ["d-1", "d-1", "SHORT", "0.12", "0.12", "take_profit"],
  );
});

test("a side is long or short in any platform's words, and nothing else", () => {
  for (const [side, direction] of [
    ["LONG", 1],
    ["buy", 1],
    ["FUTURES_POSITION_SIDE_LONG", 1],
    ["SHORT", -1],
    ["FUTURES_POSITION_SIDE_SHORT", -1],
    ["Sell", -1],
  ] as const)
    assert.equal(columnsOf({ ...trade, side })["direction"], direction);
  assert.equal(reasonOf({ ...trade, side: "UNKNOWN" }), 'side "UNKNOWN" is neither LONG nor SHORT');
  assert.equal(columnsOf({ ...trade, side: "SHORT", entry_size: "-2101" })["entry_size"], "2101");
});

test("a line of profit and loss is a snapshot, with or without balances", () => {
  const line = {
    timestamp: "2026-02-13T15:38:16.025353",
    platform: "UnifiedTradingPlatform",
    total_pnl: "-9.5554",
    position_count: 1,
    positions: [
      { product: "EUR_USD", side: "LONG", size: 2101.0, entry_price: "1.19111", unrealized_pnl: -9.5554 },
    ],
  };
  const columns = columnsOf(line);
  assert.deepEqual(
    ["platform", "balance", "equity", "total_pnl", "position_count"].map((name) => columns[name]),
    ["UnifiedTradingPlatform", null, null, "-9.5554", 1],
  );
  assert.deepEqual(columns["positions"], [
    {
      instrument: "EUR_USD",
      asset_pair: "EURUSD",
      direction: 1,
      size: "2101",
      entry_price: "1.19111",
      current_price: null,
      unrealized_pnl: "-9.5554",
      leverage: null,
    },
  ]);
  assert.equal(columnsOf({ ...line, balance: "10000.50" })["balance"], "10000.5");
  assert.match(reasonOf({ ...line, positions: {} }), /positions is not a list/);
});

test("a file's place decides only where the members do not", () => {
  assert.equal(reasonOf({ id: "x" }, "decision"), "asset_pair missing");
  assert.match(reasonOf({ foo: 1 }), /^no decision, trade or portfolio snapshot: its members are foo$/);
  const reading = readRecord(JSON.stringify(trade), "decision");
  assert.ok(!isFailed(reading) && reading.kind === "trade");
});
