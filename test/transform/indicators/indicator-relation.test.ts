import assert from "node:assert/strict";
import { test } from "node:test";

import { computeIndicators } from "../../../src/transform/indicators/compute-indicators.ts";
import { usualIndicatorOptions } from "../../../src/transform/indicators/indicator-options.ts";
import { holdIndicators } from "../../../src/transform/indicators/indicator-relation.ts";
import { NodeReads } from "../../../src/transform/relations/node-reads.ts";
import { Desk } from "../support/desk.ts";

const bars = 1100;

/** Bars of three series, not in order; the volumes of one are missing here and there, and those of another are huge. */
const barsSql = `
  SELECT asset_pair, '1h' AS timeframe, TIMESTAMP '2024-01-01' + range * INTERVAL 1 HOUR AS timestamp,
    CAST(close AS DECIMAL(18,8)) AS open, CAST(close + 1 AS DECIMAL(18,8)) AS high,
    CAST(close - 1 AS DECIMAL(18,8)) AS low, CAST(close AS DECIMAL(18,8)) AS close,
    CAST(CASE asset_pair WHEN 'A' THEN range % 7 WHEN 'B' THEN CASE WHEN range % 5 > 0 THEN range END ELSE 99999999999999 + range END AS DECIMAL(28,8)) AS volume,
    range AS bar_seq, CAST(NULL AS VARCHAR) AS saved_state, 'note ' || range AS note
  FROM range(${bars}), (VALUES ('A', 100), ('B', 5000), ('C', 7)) AS assets(asset_pair, base),
    (SELECT 1) AS one, LATERAL (SELECT base + (range * 7919 % 101) / 10.0 AS close) AS prices
  ORDER BY hash(range)`;

test("bars come back with the columns of all indicators, series by series", async (t) => {
  const desk = await Desk.open(t);
  const reads = new NodeReads(desk.lake);
  const request = { lake: desk.lake, reads, bars: barsSql, options: usualIndicatorOptions };
  const name = holdIndicators(request);
  const read = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (
      await desk.lake.engine.query(`SELECT * FROM ${name} ORDER BY asset_pair, bar_seq`, reads.resolve)
    ).rows();
  const rows = await read();
  assert.equal(rows.length, 3 * bars);
  for (const asset of ["A", "B", "C"]) {
    const own = rows.filter((row) => row["asset_pair"] === asset);
    const unscaled = (column: string): bigint[] => own.map((row) => unscaledOf(row[column]));
    const expected = computeIndicators(
      {
        name: asset,
        firstSeq: 0,
        savedState: null,
        timestamp: own.map((row) => BigInt(Number(row["timestamp"])) * 1000n),
        high: unscaled("high"),
        low: unscaled("low"),
        close: unscaled("close"),
        volume: own.map((row) => (row["volume"] === null ? null : unscaledOf(row["volume"]))),
      },
      usualIndicatorOptions,
    );
    for (const [column, values] of expected.doubles)
      assert.deepEqual(
        own.map((row) => row[column]),
        Array.from(values, (value) => (Number.isNaN(value) ? null : value)),
        `${asset} ${column}`,
      );
    const obv = own.map((row) => (row["obv"] === null ? null : unscaledOf(row["obv"])));
    assert.deepEqual(obv, expected.obv);
    assert.deepEqual(
      own.map((row) => row["_indicator_state"]),
      expected.state,
    );
    assert.deepEqual(
      own.map((row) => row["note"]),
      own.map((row) => `note ${String(row["bar_seq"])}`),
    );
  }
  assert.deepEqual(await read(), rows, "the relation can be read again");
});

test("no bars give no rows, and bars without a column are refused by its name", async (t) => {
  const desk = await Desk.open(t);
  const reads = new NodeReads(desk.lake);
  const request = { lake: desk.lake, reads, options: usualIndicatorOptions };
  const name = holdIndicators({ ...request, bars: `SELECT * FROM (${barsSql}) WHERE false` });
  const answer = await desk.lake.engine.query(`SELECT sma_20, obv FROM ${name}`, reads.resolve);
  assert.deepEqual(await answer.rows(), []);
  holdIndicators({ ...request, bars: `SELECT * EXCLUDE (bar_seq) FROM (${barsSql})` });
  const lacking = desk.lake.engine.query(`SELECT * FROM ${name}`, reads.resolve);
  await assert.rejects(lacking, { code: "INVALID_CONFIG", message: /bar_seq/ });
});

function unscaledOf(decimal: unknown): bigint {
  assert.ok(typeof decimal === "string");
  return BigInt(decimal.replace(".", ""));
}
