/** Ours: a backfill into an empty lakehouse. */
import { join } from "node:path";
import { LocalStore } from "finance-feedback-delta";

import { BatchDataIngester } from "../../src/batch/batch-data-ingester.ts";
import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { measure, option } from "./contestant.ts";
import { ingestionRequest, standInProvider } from "./ingestion-request.ts";
import { fileSystemFor } from "./without-fsync.ts";

const folder = option("folder");
const fileSystem = fileSystemFor(option("fsync"));
const lake = new DeltaLakeManager({
  storagePath: join(folder, "lake"),
  openStore: (location) => new LocalStore(location, fileSystem),
});
const ingester = new BatchDataIngester(lake, {
  deadLetters: new DeadLetterQueue(join(folder, "dlq"), fileSystem),
  createProvider: standInProvider,
});

await measure(async () => {
  const { series } = await ingester.backfill(ingestionRequest());
  for (const { failure } of series) if (failure !== undefined) throw failure;
  return { rows: series.reduce((sum, { rowsIngested }) => sum + rowsIngested, 0) };
});
await lake.close();
