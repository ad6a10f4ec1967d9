import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

import { formatDecimal8 } from "../../src/market/decimal.ts";
import { formatInstant } from "../../src/market/time-range.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import type { Timeframe } from "../../src/market/timeframe.ts";
import { demoSource } from "../stand-in/candle-source.ts";

interface MadeFile {
  readonly file: string;
  readonly canonical: string;
  readonly timeframe: Timeframe;
}

/** Writes files of made-up candles in the columns and types of the recorded ones: floats, and UTC instants. */
export async function makeFiles(folder: string, files: readonly MadeFile[], range: TimeRange): Promise<void> {
  const market = demoSource(
    11,
    files.map(({ canonical }) => canonical),
  );
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  try {
    for (const { file, canonical, timeframe } of files) {
      const rows = market.candles(canonical, timeframe, range).map((bar) => {
        const prices = [bar.open, bar.high, bar.low, bar.close, bar.volume ?? 0n].map(formatDecimal8);
        return `('${formatInstant(bar.openTimeMs)}', ${prices.join(", ")})`;
      });
      await connection.run(
        `COPY (SELECT time::TIMESTAMPTZ AS time, open::DOUBLE AS open, high::DOUBLE AS high, low::DOUBLE AS low,
                      close::DOUBLE AS close, volume::DOUBLE AS volume
               FROM (VALUES ${rows.join(", ")}) AS given(time, open, high, low, close, volume))
         TO '${join(folder, `${file}.parquet`)}' (FORMAT parquet)`,
      );
    }
  } finally {
    connection.closeSync();
  }
}
