import {
  BatchDataIngester,
  DataQualityFramework,
  DeadLetterQueue,
  DeltaLakeManager,
  loadConfig,
  openLakehouse,
} from "../../src/index.ts";
import type { Lakehouse } from "../../src/index.ts";
import { DeltaTable, DuckDbEngine, field, MemoryStore, structType } from "finance-feedback-delta";
import type { Snapshot, StructType } from "finance-feedback-delta";
import { TemporaryFolder } from "../temporary-folder.ts";

/** What the methods are called on. */
export const folder: TemporaryFolder = new TemporaryFolder();
export const engine: DuckDbEngine = new DuckDbEngine({ threads: 1 });
export const schema: StructType = structType([field("id", "long")]);
export const lake: DeltaLakeManager = new DeltaLakeManager({ storagePath: folder.path, engine });
export const lakehouse: Lakehouse = openLakehouse(loadConfig(undefined, {}).config);
export const deadLetters: DeadLetterQueue = new DeadLetterQueue(folder.at("dlq"));
export const ingester: BatchDataIngester = new BatchDataIngester(lake, { deadLetters });
export const quality: DataQualityFramework = new DataQualityFramework(lake);
export const store: MemoryStore = new MemoryStore();
export const table: DeltaTable = await DeltaTable.create(store, { schema, engine });
await table.append({ rows: [{ id: 1 }] });

export const snapshot: Snapshot = await table.snapshot();

await lake.createOrUpdateTable({
  tableName: "silver.numbers",
  rows: { rows: [{ id: 1 }] },
  createWith: { schema },
});

// The files of this folder share them where they share a process, so they close with it and not with a file.
process.once("beforeExit", () => {
  void close();
});

async function close(): Promise<void> {
  await store.close();
  await lakehouse.close();
  await engine.close();
  folder[Symbol.dispose]();
}
