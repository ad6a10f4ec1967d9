/** Writes corrected candles: half with the keys of old ones and other prices, half for the minutes after the last. */
import { option } from "../contestants/contestant.ts";
import { openDuckDb } from "../contestants/duckdb.ts";
import { quoted } from "../contestants/sql.ts";

const updateShare = 200;

const rowsPerAsset = Number(option("rows-per-asset"));
const candles = `read_parquet(${quoted(option("candles"))})`;
const count = Math.max(1, Math.round(rowsPerAsset / updateShare));
const minute = "(epoch_us(timestamp) - epoch_us(TIMESTAMPTZ '2025-01-01 00:00:00+00')) // 60000000";
const isNewest = `${minute} >= ${rowsPerAsset - count}`;
const isUpdated = option("minutes") === "recent" ? isNewest : `${minute} % ${updateShare} = 0`;
const values =
  "open + 1 AS open, high + 1 AS high, low + 1 AS low, close + 1 AS close, volume, partition_date";

await using connection = await openDuckDb();
await connection.run(`COPY (
  SELECT asset_pair, timestamp, ${values} FROM ${candles} WHERE ${isUpdated}
  UNION ALL
  SELECT asset_pair, timestamp + to_minutes(${count}) AS timestamp, ${values} FROM ${candles} WHERE ${isNewest}
  ORDER BY asset_pair, timestamp
) TO ${quoted(option("path"))} (FORMAT parquet)`);
