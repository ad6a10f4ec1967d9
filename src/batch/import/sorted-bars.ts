import { field, structType } from "finance-feedback-delta";
import type { ColumnSet, Engine, StructType } from "finance-feedback-delta";

import type { FileRecord } from "./file-record.ts";

/**
 * Records by their time, the earliest first, of one time as they came, those without a time last. The engine sorts them,
 * within its memory limit and beyond it on disk.
 */
export async function* sortedByTime(
  engine: Engine,
  records: AsyncIterable<readonly FileRecord[]>,
): AsyncGenerator<readonly FileRecord[]> {
  const session = await engine.openSession();
  try {
    await session.addRows("records", { batches: batchesOf(records) }, schema);
    const sql = "SELECT * FROM records ORDER BY instant NULLS LAST, number";
    for await (const batch of session.query(sql)) {
      yield batch.toRows().map((row): FileRecord => {
        const [reason, record] = [textOf(row["reason"]), textOf(row["record"])];
        return {
          symbol: textOf(row["symbol"]) ?? "",
          openTimeMs: row["instant"] === null ? undefined : Number(row["instant"]),
          time: textOf(row["time"]),
          open: textOf(row["open"]),
          high: textOf(row["high"]),
          low: textOf(row["low"]),
          close: textOf(row["close"]),
          volume: textOf(row["volume"]),
          ...(reason === undefined ? {} : { flaw: { reason, record: record ?? "" } }),
        };
      });
    }
  } finally {
    await session.close();
  }
}

const texts = ["symbol", "time", "open", "high", "low", "close", "volume"] as const;

const schema: StructType = structType([
  field("number", "long"),
  field("instant", "long"),
  ...texts.map((name) => field(name, "string")),
  field("reason", "string"),
  field("record", "string"),
]);

async function* batchesOf(
  records: AsyncIterable<readonly FileRecord[]>,
): AsyncGenerator<{ readonly columns: ColumnSet }> {
  let first = 0;
  for await (const batch of records) {
    yield { columns: columnsOf(batch, first) };
    first += batch.length;
  }
}

function columnsOf(batch: readonly FileRecord[], first: number): ColumnSet {
  return {
    rowCount: batch.length,
    columns: {
      number: BigInt64Array.from(batch, (_, index) => BigInt(first + index)),
      instant: batch.map(({ openTimeMs }) => openTimeMs),
      ...Object.fromEntries(texts.map((name) => [name, batch.map((record) => record[name])])),
      reason: batch.map(({ flaw }) => flaw?.reason),
      record: batch.map(({ flaw }) => flaw?.record),
    },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
