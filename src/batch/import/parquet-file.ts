import { DeltaError, quoteFile, quoteName } from "finance-feedback-delta";
import type { Engine } from "finance-feedback-delta";

import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { Part } from "./container.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";

/** Parquet, by the engine: values come as the shortest text that means the same. */
export async function parquetTable(engine: Engine, part: Part): Promise<RawTable> {
  if (part.plainPath === undefined)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${part.name} cannot be read: it is packed Parquet; unpack it first`,
    );
  const source = `read_parquet(${quoteFile(part.plainPath)}, hive_partitioning=false)`;
  const { schema } = await query(engine, part.name, `SELECT * FROM ${source} LIMIT 0`);
  const fields = schema.fields.filter(({ type }) => typeof type === "string");
  const names = fields.map(({ name }) => name);
  const values = names.map((name, index) => `CAST(${quoteName(name)} AS VARCHAR) AS c${index}`);
  return {
    kind: "Parquet",
    names,
    async *records() {
      const { batches } = await query(engine, part.name, `SELECT ${values.join(", ")} FROM ${source}`);
      for await (const batch of batches)
        yield batch.toRows().map((row): RawRecord => names.map((_, index) => textOf(row[`c${index}`])));
    },
  };
}

async function query(engine: Engine, name: string, sql: string): ReturnType<Engine["query"]> {
  try {
    return await engine.query(sql, async () => undefined);
  } catch (error) {
    if (!(error instanceof DeltaError)) throw error;
    // The query is our own, so that what is wrong is the file; memory and signals have codes of their own.
    const isDamaged = error.code === "DATA_FILE_UNREADABLE" || error.code === "INVALID_QUERY";
    const why = isDamaged ? "it is not a Parquet file, or a damaged one" : error.message;
    throw new IngestionError("INVALID_ARGUMENT", `${name} cannot be read: ${why}`, { cause: error });
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
