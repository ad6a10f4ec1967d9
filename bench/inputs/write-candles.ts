/** Writes candles that look like a market's: prices of two decimals on a random walk, volumes of eight. */
import { option } from "../contestants/contestant.ts";
import { openDuckDb } from "../contestants/duckdb.ts";
import { quoted } from "../contestants/sql.ts";
import { candleAssets } from "./candles.ts";

const path = option("path");
const rowsPerAsset = Number(option("rows-per-asset"));

// An own generator: the engine's hash may change from one version to the next.
const noise = `CREATE MACRO noise(minute, stream, size) AS
  ((((minute + 1) * 2654435761 + stream * 40503) % 2147483647) ** 2 % 2147483629)::BIGINT % size`;
const assets = candleAssets.map((name, index) => `(${index}, '${name}')`).join(", ");

await using connection = await openDuckDb();
await connection.run(noise);
await connection.run(`COPY (
  WITH steps AS (
    SELECT number, name, minute,
           5000000 * (1 + number) + sum(noise(minute, number, 2001) - 1000) OVER walk AS close_cents
    FROM (VALUES ${assets}) AS assets(number, name), range(${rowsPerAsset}) AS minutes(minute)
    WINDOW walk AS (PARTITION BY number ORDER BY minute)
  ), bars AS (
    SELECT *, lag(close_cents, 1, close_cents) OVER (PARTITION BY number ORDER BY minute) AS open_cents FROM steps
  ), priced AS (
    SELECT name AS asset_pair,
           TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_minutes(minute) AS timestamp,
           number, minute, open_cents, close_cents,
           greatest(open_cents, close_cents) + noise(minute, number + 20, 500) AS high_cents,
           least(open_cents, close_cents) - noise(minute, number + 40, 500) AS low_cents
    FROM bars
  )
  SELECT asset_pair, timestamp,
         ${["open", "high", "low", "close"].map((name) => `(${name}_cents::DECIMAL(18, 0) / 100)::DECIMAL(18, 8) AS ${name}`).join(", ")},
         (noise(minute, number + 60, 2000000000)::DECIMAL(28, 0) / 100000000)::DECIMAL(28, 8) AS volume,
         date_trunc('month', timestamp)::DATE AS partition_date,
         asset_pair AS partition_asset_pair
  FROM priced ORDER BY number, minute
) TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd)`);
