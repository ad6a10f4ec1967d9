/** Leaves the Bronze table that a backfill of the candles leaves: commits of 100,000 rows of one asset, a file a day. */
import { DeltaTable, DuckDbEngine } from "finance-feedback-delta";

import { marketDataDefinition } from "../../src/tables/market-data.ts";
import { createOptionsOf } from "../../src/tables/table-definition.ts";
import { option } from "../contestants/contestant.ts";
import { quoted } from "../contestants/sql.ts";
import { candleAssets } from "./candles.ts";

const commitRows = 100_000;

const firstRow = Number(option("first-row"));
const endRow = firstRow + Number(option("rows-per-asset"));
const extractedAt = option("extracted-at");
const engine = new DuckDbEngine();
const table = DeltaTable.at(option("table"), { engine });

for (const assetPair of candleAssets) {
  for (let offset = firstRow; offset < endRow; offset += commitRows) {
    const sql = `
      SELECT asset_pair, timestamp, open, high, low, close, volume, 'coinbase' AS source_provider, false AS is_mock,
             ${quoted(extractedAt)}::TIMESTAMPTZ AS _extracted_at, 'bench' AS _ingestion_id,
             'https://api.exchange.coinbase.com/products/candles?page=' || (${offset} + row) // 300 AS _source_file,
             timestamp::DATE AS partition_date, asset_pair AS partition_asset_pair
      FROM (
        SELECT *, row_number() OVER (ORDER BY timestamp) AS row FROM read_parquet(${quoted(option("candles"))})
        WHERE asset_pair = ${quoted(assetPair)}
          AND timestamp >= TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_minutes(${offset})
          AND timestamp < TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_minutes(${Math.min(endRow, offset + commitRows)}))`;
    await table.append({ sql }, { createWith: createOptionsOf(marketDataDefinition("1m")) });
  }
}
await engine.close();
