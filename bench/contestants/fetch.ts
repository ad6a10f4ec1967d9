/** The floor of an ingestion: the provider's pages fetched and parsed with as many requests at once, and dropped. */
import { join } from "node:path";

import { BatchDataIngester } from "../../src/batch/batch-data-ingester.ts";
import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { measure, option } from "./contestant.ts";
import { ingestionRequest, standInProvider } from "./ingestion-request.ts";

const folder = option("folder");
const lake = new DeltaLakeManager({ storagePath: join(folder, "lake") });
const ingester = new BatchDataIngester(lake, {
  deadLetters: new DeadLetterQueue(join(folder, "dlq")),
  createProvider: standInProvider,
});
const plans = await ingester.plan(ingestionRequest());
const requests = plans
  .flatMap(({ assetPair, pieces }) =>
    pieces.flatMap(({ sourceTimeframe, windows }) =>
      windows.map((range) => ({ assetPair, timeframe: sourceTimeframe, range })),
    ),
  )
  .values();

await measure(async () => {
  const provider = standInProvider();
  let rows = 0;
  const workers = Array.from({ length: provider.capabilities.concurrentRequestsMax }, async () => {
    // One iterator for all: each request goes to the worker that is free first.
    for (const request of requests) {
      const { bars } = await provider.fetchBars(request);
      rows += bars.length;
    }
  });
  await Promise.all(workers);
  await provider.close();
  return { rows };
});
