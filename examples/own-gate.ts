// A suite of one's own as a gate: what follows runs only when every critical expectation holds.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DataQualityFramework, DeltaLakeManager, parseSuite } from "finance-feedback-pipelines";
import { field, structType } from "finance-feedback-pipelines/delta";

const lake = new DeltaLakeManager({ storagePath: mkdtempSync(join(tmpdir(), "own-gate-")) });
const quality = new DataQualityFramework(lake);
const tableName = "silver.closes";
const suite = parseSuite(
  `name: closes
expectations:
  - { type: expect_column_values_to_be_between, kwargs: { column: close, min_value: 0, strict_min: true } }
  - { type: expect_column_values_to_be_unique, kwargs: { column: asset } }
  - { type: expect_column_values_to_not_be_null, kwargs: { column: volume }, severity: warning }
`,
  "the suite of closes",
);

async function gate(): Promise<void> {
  const failed = (await quality.validateTable({ tableName, suite })).results.filter(
    ({ success }) => !success,
  );
  const isOpen = failed.every(({ expectation_config: asked }) => asked.severity !== "critical");
  console.log(isOpen ? "The gate is open." : "The gate is closed.");
  for (const { expectation_config: asked, result } of failed)
    console.log(`  ${asked.severity}: ${asked.type}: ${String(result["unexpected_count"])} row`);
}

const schema = structType([field("asset", "string"), field("close", "double"), field("volume", "double")]);
const bitcoin = { asset: "BTC", close: 42500, volume: 5 };
const ether = { asset: "ETH", close: -1, volume: null };
await lake.createOrUpdateTable({ tableName, rows: { rows: [bitcoin, ether] }, createWith: { schema } });
await gate();
await lake.mergeUpsert({ tableName, rows: [{ ...ether, close: 3100 }], mergeKeys: ["asset"] });
await gate();
await lake.close();
