import { DuckDbEngine } from "finance-feedback-delta";
import type { ColumnInput, RowBatch } from "finance-feedback-delta";

import { candleAssets } from "../inputs/candles.ts";
import { quoted } from "./sql.ts";

/** Rows of one batch: what ingestion puts into a commit. */
const batchRows = 100_000;

/** The candles as typed arrays in memory, batch by batch of one asset each, as whoever fetched them has them. */
export async function loadCandleBatches(path: string, isPartitioned: boolean): Promise<RowBatch[]> {
  const engine = new DuckDbEngine();
  const batches: RowBatch[] = [];
  for (const assetPair of candleAssets) {
    const columns = await loadAsset(engine, path, assetPair);
    const rowCount = columns.get("timestamp")?.length ?? 0;
    for (let offset = 0; offset < rowCount; offset += batchRows) {
      const end = Math.min(rowCount, offset + batchRows);
      const slices: Record<string, ColumnInput> = { asset_pair: { constant: assetPair } };
      for (const [name, values] of columns) {
        if (name !== "partition_date" || isPartitioned) slices[name] = values.slice(offset, end);
      }
      if (isPartitioned) slices["partition_asset_pair"] = { constant: assetPair };
      batches.push({ columns: { rowCount: end - offset, columns: slices } });
    }
  }
  await engine.close();
  return batches;
}

type CandleValues = BigInt64Array | Int32Array;

async function loadAsset(
  engine: DuckDbEngine,
  path: string,
  assetPair: string,
): Promise<Map<string, CandleValues>> {
  const prices = ["open", "high", "low", "close"].join(", ");
  const sql = `SELECT timestamp, ${prices}, volume::DECIMAL(18, 8) AS volume, partition_date
    FROM read_parquet(${quoted(path)}) WHERE asset_pair = ${quoted(assetPair)}`;
  const { schema, batches } = await engine.query(sql, async () => undefined);
  const parts: CandleValues[][] = schema.fields.map(() => []);
  for await (const batch of batches) {
    batch.columns.forEach(({ values }, position) => {
      if (!(values instanceof BigInt64Array || values instanceof Int32Array)) {
        throw new Error(`Column ${position} of the candles is no typed array`);
      }
      parts[position]?.push(values.slice());
    });
  }
  return new Map(schema.fields.map(({ name }, position) => [name, join(parts[position] ?? [])]));
}

function join(parts: readonly CandleValues[]): CandleValues {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = parts[0] instanceof Int32Array ? new Int32Array(length) : new BigInt64Array(length);
  let offset = 0;
  for (const part of parts) {
    if (whole instanceof BigInt64Array && part instanceof BigInt64Array) whole.set(part, offset);
    if (whole instanceof Int32Array && part instanceof Int32Array) whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
