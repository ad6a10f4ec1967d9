import { RecordBatch } from "finance-feedback-delta";

/** The first rows of a result; the rest is not read. */
export async function* limited(
  batches: AsyncIterable<RecordBatch>,
  limit: number,
): AsyncGenerator<RecordBatch> {
  let left = limit;
  if (left === 0) return;
  for await (const batch of batches) {
    yield batch.rowCount <= left ? batch : head(batch, left);
    left -= batch.rowCount;
    if (left <= 0) return;
  }
}

function head({ schema, columns }: RecordBatch, rowCount: number): RecordBatch {
  const cut = columns.map(({ values, validity }) => ({
    values: values.slice(0, rowCount),
    validity: validity?.slice(0, rowCount),
  }));
  return new RecordBatch(schema, rowCount, cut);
}
