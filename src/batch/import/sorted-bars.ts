import { field, structType } from "../../delta/index.ts";
import type { ColumnSet, Engine, StructType } from "../../delta/index.ts";

/** A record of a file: its texts as they are, nothing checked. */
export interface FileRecord {
  /** Milliseconds since the epoch; `undefined` where the time cannot be read. */
  readonly openTimeMs: number | undefined;
  readonly time: string | undefined;
  readonly open: string | undefined;
  readonly high: string | undefined;
  readonly low: string | undefined;
  readonly close: string | undefined;
  readonly volume: string | undefined;
  /** Why it cannot be a bar, whatever its values, with all of its cells as JSON. */
  readonly flaw?: { readonly reason: string; readonly record: string } | undefined;
}

/** Records on their way into the engine at once. */
const batchRecords = 8192;

/**
 * Records by their time, the earliest first, of one time as they came, those without a time last. The engine sorts them,
 * within its memory limit and beyond it on disk.
 */
export async function* sortedByTime(
  engine: Engine,
  records: AsyncIterable<FileRecord>,
): AsyncGenerator<readonly FileRecord[]> {
  const session = await engine.openSession();
  try {
    await session.addRows("records", { batches: batchesOf(records) }, schema);
    const sql = "SELECT * FROM records ORDER BY instant NULLS LAST, number";
    for await (const batch of session.query(sql)) {
      yield batch.toRows().map((row): FileRecord => {
        const [reason, record] = [textOf(row["reason"]), textOf(row["record"])];
        return {
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

const texts = ["time", "open", "high", "low", "close", "volume"] as const;

const schema: StructType = structType([
  field("number", "long"),
  field("instant", "long"),
  ...texts.map((name) => field(name, "string")),
  field("reason", "string"),
  field("record", "string"),
]);

async function* batchesOf(
  records: AsyncIterable<FileRecord>,
): AsyncGenerator<{ readonly columns: ColumnSet }> {
  let batch: FileRecord[] = [];
  let first = 0;
  for await (const record of records) {
    batch.push(record);
    if (batch.length < batchRecords) continue;
    yield { columns: columnsOf(batch, first) };
    first += batch.length;
    batch = [];
  }
  if (batch.length > 0) yield { columns: columnsOf(batch, first) };
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
