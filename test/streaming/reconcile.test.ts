import assert from "node:assert/strict";
import { test } from "node:test";

import { candleColumns } from "../../src/bronze/candle-columns.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { DemoProvider } from "../../src/index.ts";
import { checkBars } from "../../src/bronze/row-checks.ts";
import { valueLimits } from "../../src/market/value-limits.ts";
import { reconcileBars } from "../../src/streaming/reconcile/reconcile-bars.ts";
import { StreamBench } from "./support/stream-bench.ts";

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 2, 1, 12);
const range = { startMs, endMs: startMs + 10 * minuteMs };

test("bars of a stream are held against the provider's own: equal, different, missing", async () => {
  await using bench = new StreamBench();
  const assetPair = AssetPair.parse("BTCUSD");
  const provider = new DemoProvider();
  const page = await provider.fetchBars({ assetPair, timeframe: "1m", range });
  const { candles } = checkBars(page, "1m", range, valueLimits(assetPair));
  const stored = candles.flatMap((candle, place) =>
    // The fifth is missing, and the third has another close.
    place === 4 ? [] : [place === 2 ? { ...candle, close: candle.low } : candle],
  );
  await bench.lake.createOrUpdateTable({
    tableName: "raw_market_data_1m",
    rows: {
      columns: candleColumns(
        stored.map((candle) => ({ candle, sourceFile: "stream:demo" })),
        {
          assetPair,
          provider: "demo",
          isMock: true,
          extractedAtMs: startMs,
          ingestionId: "one",
          granularity: "day",
        },
      ),
    },
  });
  const [series, ...others] = await reconcileBars({
    lake: bench.lake,
    timeframe: "1m",
    range,
    openProvider: () => new DemoProvider(),
  });
  assert.deepEqual(others, []);
  assert.equal(series?.equal, 8);
  assert.deepEqual(
    series.differing.map(({ openTimeMs, what }) => [(openTimeMs - startMs) / minuteMs, what]),
    [
      [2, "close"],
      [4, "missing_in_stream"],
    ],
  );
});
