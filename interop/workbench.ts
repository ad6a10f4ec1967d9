import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { assertSameTable, type Table } from "./canonical.ts";
import { sparkQuery } from "./market-table.ts";
import { OurEngine } from "./our-engine.ts";
import { Chdb, DeltaRs, type Peer, type ReadOptions, Spark } from "./peer.ts";

/** The peers, our engine and a folder for tables, for the time of a test file. */
export class Workbench {
  readonly ours: OurEngine = new OurEngine();
  readonly spark: Spark = new Spark();
  readonly deltaRs: DeltaRs = new DeltaRs();
  readonly chdb: Chdb = new Chdb();
  readonly peers: readonly Peer[] = [this.spark, this.deltaRs, this.chdb];
  /** The peers and our engine. */
  readonly everyone: readonly Peer[] = [this.ours, ...this.peers];
  readonly folder: string = mkdtempSync(join(tmpdir(), "interop-"));

  constructor() {
    after(async () => {
      await Promise.all(this.everyone.map((reader) => reader.close()));
      await rm(this.folder, { recursive: true, force: true });
    });
  }

  /** Where a table of that name lies. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /** Throws unless each reader finds exactly the expected table. */
  async assertReadBy(
    readers: readonly Peer[],
    path: string,
    expected: Table,
    options: ReadOptions = {},
  ): Promise<void> {
    for (const reader of readers) {
      assertSameTable(await reader.read(path, options), expected, describe(reader, options));
    }
  }

  /** Makes a table with Spark; the clauses stand between its format and its rows. */
  async writeWithSpark(path: string, table: Table, clauses = ""): Promise<void> {
    await this.spark.sql(`CREATE TABLE ${sparkTable(path)} USING delta ${clauses} AS ${sparkQuery(table)}`);
  }
}

/** A table as Spark's SQL names it by its path. */
export function sparkTable(path: string): string {
  return `delta.\`${path}\``;
}

function describe(reader: Peer, { version, where }: ReadOptions): string {
  return [
    reader.name,
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(where === undefined ? [] : [`where ${where}`]),
  ].join(", ");
}
