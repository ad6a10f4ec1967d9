import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { formatDecimal8 } from "../../src/market/decimal.ts";
import { demoSource } from "./candle-source.ts";
import { parquetSource } from "./parquet-source.ts";
import { standInKey, standInToken, startStandIn, type StandInOptions } from "./server.ts";

const nowMs = Date.UTC(2026, 5, 10, 13, 37, 30);
const series = demoSource(7, ["BTCUSD", "EURUSD"]);
const authorization = `Bearer ${standInToken}`;

interface Got {
  readonly status: number;
  readonly text: string;
}

async function withStandIn(
  options: Partial<StandInOptions>,
  run: (get: (path: string, headers?: Record<string, string>) => Promise<Got>) => Promise<void>,
): Promise<void> {
  const standIn = await startStandIn({ series, now: () => nowMs, ...options });
  try {
    await run(async (path, headers = {}) => {
      const response = await fetch(standIn.url + path, { headers });
      return { status: response.status, text: await response.text() };
    });
  } finally {
    await standIn.close();
  }
}

function rowTimes(text: string): number[] {
  return [...text.matchAll(/\[(\d+),/g)].map((match) => Number(match[1]));
}

test("Coinbase: both ends are inclusive, newest first, with the bar in progress", async () => {
  await withStandIn({}, async (get) => {
    const path = "/products/BTC-USD/candles?granularity=60";
    const wide = await get(`${path}&start=2026-06-10T00:00:00Z&end=2026-06-10T05:00:00Z`);
    const times = rowTimes(wide.text);
    assert.equal(times.length, 301);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
    const current = await get(`${path}&start=2026-06-10T13:30:00Z&end=2026-06-10T14:00:00Z`);
    assert.equal(rowTimes(current.text)[0], Date.UTC(2026, 5, 10, 13, 37) / 1000);
  });
});

test("Coinbase: what is refused", async () => {
  await withStandIn({}, async (get) => {
    const range = "start=2026-06-10T00:00:00Z&end=2026-06-10T05:01:00Z";
    assert.match((await get(`/products/BTC-USD/candles?granularity=60&${range}`)).text, /exceeds 300/);
    assert.match(
      (await get(`/products/BTC-USD/candles?granularity=14400&${range}`)).text,
      /Unsupported granularity/,
    );
    assert.equal((await get(`/products/NO-USD/candles?granularity=60&${range}`)).status, 404);
  });
});

test("Oanda: what is refused", async () => {
  await withStandIn({}, async (get) => {
    const refusal = async (
      query: string,
      headers: Record<string, string> = { authorization },
    ): Promise<string> =>
      (await get(`/v3/instruments/EUR_USD/candles?granularity=M1&${query}`, headers)).text;
    assert.match(await refusal("", {}), /Insufficient authorization/);
    assert.match(await refusal("count=5001"), /'count' exceeded/);
    assert.match(await refusal("from=2026-06-01T00:00:00Z&to=2026-06-05T00:00:00Z"), /'count' exceeded/);
    assert.match(await refusal("from=2026-06-10T00:00:00Z&to=2026-06-10T14:00:00Z"), /Time is in the future/);
    assert.match(
      await refusal("count=5&from=2026-06-09T00:00:00Z&to=2026-06-09T01:00:00Z"),
      /cannot be specified/,
    );
  });
});

test("Oanda: a count ends at the present, with the bar in progress marked", async () => {
  await withStandIn({}, async (get) => {
    const { text } = await get("/v3/instruments/EUR_USD/candles?granularity=M15&count=10", { authorization });
    const complete = [...text.matchAll(/"complete":(true|false)/g)].map((match) => match[1]);
    assert.deepEqual(complete, [...Array.from({ length: 9 }, () => "true"), "false"]);
  });
});

test("the real limits refuse bursts, and quotas echo the key", async () => {
  let clockMs = nowMs;
  await withStandIn({ limits: "real", now: () => clockMs }, async (get) => {
    const statuses: number[] = [];
    for (let count = 0; count < 17; count++) statuses.push((await get("/products/BTC-USD/candles")).status);
    assert.deepEqual(statuses.slice(13), [200, 200, 429, 429]);
    const query = `/query?function=FX_DAILY&from_symbol=EUR&to_symbol=USD&apikey=${standInKey}`;
    for (let count = 0; count < 25; count++) {
      assert.match((await get(query)).text, /Time Series FX/);
      if (count === 0) assert.match((await get(query)).text, /sparingly/);
      clockMs += 1000;
    }
    assert.match((await get(query)).text, new RegExp(standInKey));
  });
});

test("a Parquet file's floats become the decimals that they show", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stand-in-"));
  try {
    const path = join(folder, "bars.parquet");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(
      `COPY (SELECT TIMESTAMPTZ '2026-01-08 01:00:00+00' AS time, 1.1::DOUBLE AS open, 1.3::DOUBLE AS high,
             0.1::DOUBLE AS low, 1.2::DOUBLE AS close, 7::BIGINT AS volume) TO '${path}' (FORMAT parquet)`,
    );
    connection.closeSync();
    const source = await parquetSource([{ canonical: "EURUSD", timeframe: "1h", path }]);
    const day = { startMs: Date.UTC(2026, 0, 8), endMs: Date.UTC(2026, 0, 9) };
    const [bar] = source.candles("EURUSD", "1h", day);
    assert.equal(bar?.openTimeMs, Date.UTC(2026, 0, 8, 1));
    assert.equal(formatDecimal8(bar.open), "1.10000000");
    assert.equal(bar.volume, 700_000_000n);
    assert.equal(source.candles("EURUSD", "1d", day).length, 1, "coarser timeframes are resampled");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
