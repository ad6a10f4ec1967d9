import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { WorkerProcess } from "./worker-process.ts";

/** A run of the whole project takes minutes. */
const hangGuardMinutes = 30;

/** dbt with Spark, in one session. It runs the project that comes with ffe. */
export class DbtSpark {
  readonly name = "dbt with Spark";
  readonly #worker = new WorkerProcess({
    name: this.name,
    command: join(import.meta.dirname, ".venv-dbt", "bin", "python"),
    arguments: [
      join(import.meta.dirname, "peers", "spark_dbt_worker.py"),
      join(import.meta.dirname, ".cache", "jars"),
      join(import.meta.dirname, ".venv"),
      join(import.meta.dirname, "..", "dbt"),
    ],
    folder: import.meta.dirname,
    hangGuardMs: hangGuardMinutes * 60_000,
  });

  async versions(): Promise<Readonly<Record<string, string>>> {
    return z.record(z.string(), z.string()).parse(await this.#worker.request("versions", {}));
  }

  /** Names folders of a lake as schemas, so that the tables of a schema lie in them. */
  async openSchemas(folders: Readonly<Record<string, string>>): Promise<void> {
    const statements = Object.entries(folders).map(
      ([schema, folder]) => `CREATE SCHEMA ${schema} LOCATION '${folder}'`,
    );
    await this.#worker.request("sql", { statements });
  }

  /** Names Delta tables that are there already. */
  async openTables(tables: Readonly<Record<string, string>>): Promise<void> {
    const statements = Object.entries(tables).map(
      ([table, folder]) => `CREATE TABLE IF NOT EXISTS ${table} USING delta LOCATION '${folder}'`,
    );
    await this.#worker.request("sql", { statements });
  }

  /**
   * Runs a command, such as `build`.
   *
   * @param folder of the test's own, for what dbt writes
   * @throws PeerError when a node fails, with what dbt says
   */
  async run(folder: string, command: readonly string[]): Promise<void> {
    await mkdir(folder, { recursive: true });
    await this.#worker.request("dbt", { command, folder });
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}
