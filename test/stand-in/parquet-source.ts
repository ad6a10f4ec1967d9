import { DuckDBInstance } from "@duckdb/node-api";
import type { Candle } from "../../src/market/candle.ts";
import { parseDecimal8, roundDecimal8, type Decimal8 } from "../../src/market/decimal.ts";
import type { Timeframe } from "../../src/market/timeframe.ts";
import { memorySource, type CandleSeries, type CandleSource } from "./candle-source.ts";

/** A file with the columns time, open, high, low, close and volume. */
export interface ParquetSeries {
  readonly canonical: string;
  readonly timeframe: Timeframe;
  readonly path: string;
}

/**
 * Bars from Parquet files, read once. Floats become the decimals that their shortest text says.
 *
 * @throws Error when a price is not a number of at most eight decimals.
 */
export async function parquetSource(files: readonly ParquetSeries[]): Promise<CandleSource> {
  const series: CandleSeries[] = [];
  for (const { canonical, timeframe, path } of files) {
    series.push({ canonical, timeframe, candles: await readCandles(path) });
  }
  return memorySource(series);
}

async function readCandles(path: string): Promise<Candle[]> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  try {
    const reader = await connection.runAndReadAll(
      `SELECT epoch_ms(time)::VARCHAR, open::VARCHAR, high::VARCHAR, low::VARCHAR, close::VARCHAR, volume::VARCHAR
       FROM read_parquet($path) ORDER BY time`,
      { path },
    );
    return reader.getRowsJson().map((row) => {
      const [time, open, high, low, close, volume] = row.map((value) =>
        typeof value === "string" ? value : null,
      );
      return {
        openTimeMs: Number(time),
        open: price(open),
        high: price(high),
        low: price(low),
        close: price(close),
        volume: volume === null || volume === undefined ? null : (roundDecimal8(volume) ?? null),
      };
    });
  } finally {
    connection.closeSync();
  }
}

function price(text: string | null | undefined): Decimal8 {
  const value = parseDecimal8(text ?? "");
  if (typeof value === "string") throw new Error(`The price ${text} is ${value}.`);
  return value;
}
