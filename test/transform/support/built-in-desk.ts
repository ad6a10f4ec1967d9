import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Row } from "finance-feedback-delta";

import { DeltaLakeManager } from "../../../src/storage/delta-lake-manager.ts";
import { builtInProject } from "../../../src/transform/built-in-project.ts";
import { selectResources } from "../../../src/transform/project/selection/select-resources.ts";
import type { NodeResult } from "../../../src/transform/run/node-result.ts";
import { isFailure } from "../../../src/transform/run/node-result.ts";
import { openProject } from "../../../src/transform/run/open-project.ts";
import { runTransform } from "../../../src/transform/run/transform-run.ts";
import type { TransformCommand } from "../../../src/transform/run/transform-run.ts";
import { testClock } from "../../batch/workshop.ts";
import type { BronzeBar } from "./bronze-bar.ts";

/** A lake of a test, over which the project that comes with ffe is run. */
export class BuiltInDesk {
  readonly lake: DeltaLakeManager;

  private constructor(lake: DeltaLakeManager) {
    this.lake = lake;
  }

  static async open(t: TestContext): Promise<BuiltInDesk> {
    const storagePath = await mkdtemp(join(tmpdir(), "built-in-"));
    const lake = new DeltaLakeManager({ storagePath });
    t.after(async () => {
      await lake.close();
      await rm(storagePath, { recursive: true });
    });
    return new BuiltInDesk(lake);
  }

  /** Appends bars to their tables of Bronze. */
  async add(bars: readonly BronzeBar[]): Promise<void> {
    for (const [timeframe, own] of Map.groupBy(bars, (bar) => bar.timeframe))
      await this.lake.createOrUpdateTable({
        tableName: `raw_market_data_${timeframe}`,
        rows: { rows: own.map(rowOf) },
      });
  }

  /** @throws Error with what failed. */
  async run(
    command: TransformCommand,
    select: readonly string[],
    { fullRefresh = false }: { readonly fullRefresh?: boolean } = {},
  ): Promise<readonly NodeResult[]> {
    const { lake } = this;
    const clock = testClock;
    const flags = { which: command, fullRefresh };
    const opened = openProject({
      lake,
      clock,
      folder: builtInProject,
      flags,
      environment: {},
      log: said,
      warn: said,
    });
    const selected = new Set(selectResources(opened.project, { select }).map(({ uniqueId }) => uniqueId));
    const { results } = await runTransform({
      ...opened,
      lake,
      clock,
      command,
      selected,
      fullRefresh,
      storeFailures: false,
      dryRun: false,
      threads: 4,
      failFast: false,
    });
    const failed = results.filter(isFailure);
    if (failed.length > 0)
      throw new Error(failed.map(({ uniqueId, message }) => `${uniqueId}: ${message}`).join("\n"));
    return results;
  }

  async rows(sql: string): Promise<readonly Row[]> {
    return (await this.lake.query(sql)).rows();
  }
}

function said(): void {}

function rowOf(bar: BronzeBar): Row {
  const day = new Date(bar.openTimeMs).toISOString().slice(0, 10);
  return {
    asset_pair: bar.assetPair,
    timestamp: new Date(bar.openTimeMs),
    open: decimalText(bar.open),
    high: decimalText(bar.high),
    low: decimalText(bar.low),
    close: decimalText(bar.close),
    volume: bar.volume === null ? null : decimalText(bar.volume),
    source_provider: bar.provider,
    is_mock: bar.isMock,
    _extracted_at: new Date(bar.extractedAtMs),
    _ingestion_id: "made up",
    _source_file: "made up",
    partition_date: `${day.slice(0, 7)}-01`,
    partition_asset_pair: bar.assetPair,
  };
}

function decimalText(unscaled: bigint): string {
  const digits = String(unscaled).padStart(9, "0");
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}
