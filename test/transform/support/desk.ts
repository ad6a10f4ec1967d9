import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Row } from "finance-feedback-delta";

import { DeltaLakeManager } from "../../../src/storage/delta-lake-manager.ts";
import { materializeIncremental } from "../../../src/transform/materializations/incremental.ts";
import type { Materialization, Materialized } from "../../../src/transform/materializations/materialize.ts";
import { materializeSeed } from "../../../src/transform/materializations/seed.ts";
import { materializeSnapshot } from "../../../src/transform/materializations/snapshot.ts";
import { materializeTable } from "../../../src/transform/materializations/table.ts";
import { materializeView } from "../../../src/transform/materializations/view.ts";
import type { Plain } from "../../../src/transform/project/plain.ts";
import { ResourceConfig } from "../../../src/transform/project/resource-config.ts";
import { runDataTest } from "../../../src/transform/tests/data-test.ts";
import type { DataTestResult } from "../../../src/transform/tests/data-test.ts";
import { NodeReads } from "../../../src/transform/relations/node-reads.ts";

const kinds = { table: materializeTable, view: materializeView, incremental: materializeIncremental };

/** A lake of a test, and models that are compiled already. */
export class Desk {
  readonly lake: DeltaLakeManager;

  private constructor(lake: DeltaLakeManager) {
    this.lake = lake;
  }

  static async open(t: TestContext): Promise<Desk> {
    const storagePath = await mkdtemp(join(tmpdir(), "transform-"));
    const lake = new DeltaLakeManager({ storagePath });
    t.after(async () => {
      await lake.close();
      await rm(storagePath, { recursive: true });
    });
    return new Desk(lake);
  }

  /** Runs a model `silver.NAME` of this SQL. */
  async run(
    name: string,
    sql: string,
    config: Readonly<Record<string, Plain>> = {},
    { isFullRefresh = false }: { readonly isFullRefresh?: boolean } = {},
  ): Promise<Materialized> {
    const materializedAs = config["materialized"] ?? "table";
    const kind = Object.entries(kinds).find(([known]) => known === materializedAs);
    if (kind === undefined) throw new Error("no such materialization");
    return kind[1]({ ...this.#work(name, config), sql, isFullRefresh });
  }

  /** Loads a seed `silver.NAME` of this text. */
  async seed(
    name: string,
    text: string,
    config: Readonly<Record<string, Plain>> = {},
  ): Promise<Materialized> {
    const csvPath = join(this.lake.storagePath, `${name}.csv`);
    await writeFile(csvPath, text);
    return materializeSeed({ ...this.#work(name, { materialized: "seed", ...config }), csvPath });
  }

  /** Runs a snapshot `silver.NAME` at a second of the year 2024. */
  async snapshot(
    name: string,
    sql: string,
    config: Readonly<Record<string, Plain>>,
    second: number,
  ): Promise<Materialized> {
    const now = new Date(Date.UTC(2024, 0, 1, 0, 0, second));
    return materializeSnapshot({ ...this.#work(name, { materialized: "snapshot", ...config }), sql, now });
  }

  /** Runs a data test `silver.checked` of this SQL. */
  async check(sql: string, config: Readonly<Record<string, Plain>> = {}): Promise<DataTestResult> {
    return runDataTest({ ...this.#work("checked", config), sql }, { storesFailures: false });
  }

  /** The rows of a query, as JSON has them. */
  async rows(sql: string): Promise<readonly Row[]> {
    const rows: readonly Row[] = JSON.parse(JSON.stringify(await (await this.lake.query(sql)).rows()));
    return rows;
  }

  #work(name: string, config: Readonly<Record<string, Plain>>): Omit<Materialization, "sql"> {
    return {
      lake: this.lake,
      place: { layer: "silver", name },
      uniqueId: `model.shop.${name}`,
      description: "",
      config: new ResourceConfig(new Map(Object.entries(config)), { file: `models/${name}.sql` }),
      reads: new NodeReads(this.lake),
      isFullRefresh: false,
      invocationId: "0",
    };
  }
}
