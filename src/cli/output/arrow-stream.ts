import { AsyncByteQueue, RecordBatchFileWriter, RecordBatchStreamWriter } from "apache-arrow";
import { concatenateBatches } from "finance-feedback-delta";
import type { RecordBatch, StructType } from "finance-feedback-delta";

import { arrowBatch, arrowSchema } from "./arrow-columns.ts";

/** Rows of one Arrow batch, about. */
const batchRows = 65_536;

/**
 * Rows in Arrow's IPC format: as a file, which is what Feather is since its version 2, or as a stream for a pipe. Bytes
 * come as soon as a batch is full, so that memory is bounded by one.
 */
export async function* arrowBytes(
  schema: StructType,
  batches: AsyncIterable<RecordBatch>,
  kind: "file" | "stream",
): AsyncGenerator<Uint8Array> {
  const sink = new ChunkList();
  const arrow = arrowSchema(schema);
  const writer = kind === "file" ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
  writer.reset(sink, arrow);
  for await (const batch of joined(schema, batches)) {
    writer.write(arrowBatch(arrow, batch));
    yield* sink.take();
  }
  writer.finish();
  yield* sink.take();
}

async function* joined(schema: StructType, batches: AsyncIterable<RecordBatch>): AsyncGenerator<RecordBatch> {
  let waiting: RecordBatch[] = [];
  let rows = 0;
  for await (const batch of batches) {
    waiting.push(batch);
    rows += batch.rowCount;
    if (rows < batchRows) continue;
    yield concatenateBatches(schema, waiting);
    waiting = [];
    rows = 0;
  }
  if (rows > 0) yield concatenateBatches(schema, waiting);
}

/** Collects the writer's output at once, without its asynchronous queue. */
class ChunkList extends AsyncByteQueue {
  #chunks: Uint8Array[] = [];

  override write(chunk: ArrayBufferLike | ArrayBufferView): void {
    this.#chunks.push(
      ArrayBuffer.isView(chunk)
        ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : new Uint8Array(chunk),
    );
  }

  take(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}
