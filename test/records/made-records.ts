import * as fc from "fast-check";

import { actionNames } from "../../src/records/shapes/actions.ts";

/** A text of a record, and what an importer should make of it. */
export interface MadeRecord {
  readonly text: string;
  /** The table that it belongs into; `undefined` of one that is to be rejected. */
  readonly table: string | undefined;
  /** Two texts that say the same have the same. */
  readonly sameAs: string;
}

const instant = fc
  .date({ min: new Date("2025-11-01T00:00:00Z"), max: new Date("2026-04-30T00:00:00Z"), noInvalidDate: true })
  .chain((date) =>
    fc
      .constantFrom("Z", "+00:00", "", ".661809", ".267404+00:00")
      .map((ending) => `${date.toISOString().slice(0, 19)}${ending}`),
  );
const instrument = fc.constantFrom("BTCUSD", "ETHUSD", "BTC-USD", "EUR_USD", "BIP20DEC30CDE", "FOOBAR99");
/** As JSON writes them: numbers, texts, zeros of a strange exponent, 28 digits. */
const amount = fc.constantFrom(
  "87305.0",
  '"87550"',
  "0E-30",
  '"1.178585"',
  "12.34567890123456789012345678",
  "null",
  '"None"',
);
const confidence = fc.constantFrom("80", "72.5", '"65"', '"50.0"', "0", "100");
const action = fc.constantFrom(...actionNames);
const id = fc.nat({ max: 30 });

/** A decision in one of its states: the file of one that was executed is written anew. */
const decision = fc
  .record({
    id,
    kind: fc.constantFrom("d", "test", "RECOVERED_BIP20DEC30CDE"),
    at: instant,
    instrument,
    action,
    confidence,
    amount,
    place: fc.constantFrom("id", "decision_id", "nested", "wrapper"),
    version: fc.boolean(),
    executed: fc.boolean(),
  })
  .map(({ id: number, kind, at, instrument: pair, place, version, executed, ...rest }) => {
    const name = `${kind}-${number}`;
    const own = [
      `"asset_pair":"${pair}"`,
      `"action":"${rest.action}"`,
      `"confidence":${rest.confidence}`,
      `"timestamp":"${at}"`,
      `"entry_price":${rest.amount}`,
      ...(version ? ['"_schema_version":1'] : []),
      ...(executed ? ['"executed":true', '"execution_time":"2026-05-01T00:00:01Z"'] : []),
    ].join(",");
    switch (place) {
      case "nested":
        return `{"decision":{"id":"${name}",${own}}}`;
      case "wrapper":
        return `{"decision":"${name}",${own}}`;
      default:
        return `{"${place}":"${name}",${own}}`;
    }
  })
  .map((text) => madeOf(text, "raw_ai_decisions"));

const side = fc.constantFrom("LONG", "BUY", "FUTURES_POSITION_SIDE_LONG", "SHORT", "SELL");

const trade = fc
  .record({
    id,
    instrument,
    side,
    entry: instant,
    exit: instant,
    price: amount,
    linked: fc.boolean(),
    source: fc.boolean(),
  })
  .map(
    ({ id: number, instrument: product, side: text, entry, exit, price, linked, source }) =>
      `{"trade_id":"t-${number}",${linked ? '"decision_id":null,' : ""}"product":"${product}","side":"${text}","entry_time":"${entry}","entry_price":${price},"entry_size":"1.0","exit_time":"${exit}","exit_price":${price},${source ? '"exit_price_source":"state:last_price",' : ""}"exit_size":"1.0","realized_pnl":"-0.0043750","fees":"0","roi_percent":"-0.3698349901940894028538581186"}`,
  )
  .map((text) => madeOf(text, "raw_trade_executions"));

const outcome = fc
  .record({ id, entry: instant, exit: instant, action: fc.constantFrom("BUY", "SELL"), stop: fc.boolean() })
  .map(
    ({ id: number, entry, exit, action: text, stop }) =>
      `{"decision_id":"trade-${number}","asset_pair":"BTCUSD","action":"${text}","entry_timestamp":"${entry}","exit_timestamp":"${exit}","entry_price":50000,"exit_price":52000,"position_size":0.1,"realized_pnl":200.0,"pnl_percentage":4.0,"ensemble_providers":null,"hit_stop_loss":${stop},"hit_take_profit":${!stop}}`,
  )
  .map((text) => madeOf(text, "raw_trade_executions"));

const snapshot = fc
  .record({
    at: instant,
    pnl: fc.constantFrom("-9.5554", '"-9.1352"'),
    balance: fc.boolean(),
    size: fc.constantFrom("2101.0", '"2101.0"'),
  })
  .map(
    ({ at, pnl, balance, size }) =>
      `{"timestamp":"${at}","platform":"UnifiedTradingPlatform",${balance ? '"balance":10000,' : ""}"total_pnl":${pnl},"position_count":1,"positions":[{"product":"EUR_USD","side":"LONG","size":${size},"entry_price":1.19111,"current_price":1.19111,"unrealized_pnl":${pnl}}]}`,
  )
  .map((text) => madeOf(text, "raw_portfolio_snapshots"));

const bad = fc
  .constantFrom(
    '{"id":"x","asset_pair":"BTCUSD","action":"BUY","confidence":150,"timestamp":"2026-01-05T10:00:00Z"}',
    '{"id":"x","asset_pair":"BTCUSD","action":"BUY_MORE_NOW","confidence":50,"timestamp":"2026-01-05T10:00:00Z"}',
    '{"id":"x","asset_pair":"BTCUSD","action":"BUY","confidence":50}',
    '{"id":"x","asset_pair":"BTCUSD","action":"BUY","confidence":50,"timestamp":"2026-02-30T10:00:00Z"}',
    '{"asset_pair":"BTCUSD","action":"BUY","confidence":50,"timestamp":"2026-01-05T10:00:00Z"}',
    '{"id":"x","action":"BUY","confidence":NaN,"asset_pair":"BTCUSD","timestamp":"2026-01-05T10:00:00Z"}',
    '{"id":"x","id":"y","asset_pair":"BTCUSD","action":"BUY","confidence":50,"timestamp":"2026-01-05T10:00:00Z"}',
    '{"trade_id":"x","product":"UNKNOWN","side":"UNKNOWN","entry_time":"2026-01-05T10:00:00Z"}',
    '{"__proto__":{"id":"x"}}',
    '{"id":"x","asset_pair":"BTCU',
    '["a list"]',
    '"a text"',
    "{}",
  )
  .map((text) => madeOf(text, undefined));

function madeOf(text: string, table: string | undefined): MadeRecord {
  return { text, table, sameAs: text };
}

/** Records of every kind with every oddity that the trading engine's files are known to have, and broken ones. */
export const madeRecord: fc.Arbitrary<MadeRecord> = fc.oneof(
  { weight: 4, arbitrary: decision },
  { weight: 3, arbitrary: trade },
  { weight: 1, arbitrary: outcome },
  { weight: 2, arbitrary: snapshot },
  { weight: 1, arbitrary: bad },
);
