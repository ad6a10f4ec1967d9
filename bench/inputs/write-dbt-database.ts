/**
 * Copies the Bronze tables of a lake into a file of DuckDB for dbt; a table that the lake lacks is there without rows. With
 * `--since=` dbt builds `market_data_enriched` of what was extracted before that instant, and the rest comes behind.
 */
import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { tableDefinitions } from "../../src/tables/table-registry.ts";
import { sqlTypeName } from "../../src/transform/relations/sql-type-name.ts";
import { option } from "../contestants/contestant.ts";
import { quoted } from "../contestants/sql.ts";
import { dbtWords } from "../contestants/transform-commands.ts";

const folder = option("folder");
mkdirSync(folder, { recursive: true });
const lake = new DeltaLakeManager({ storagePath: option("lake") });
let { instance, connection } = await openFile();
await connection.run("CREATE SCHEMA bronze");
const since = option("since");
const sources: { readonly name: string; readonly path: string }[] = [];
for (const { layer, name } of await lake.listTables()) {
  if (layer !== "bronze") continue;
  const path = join(folder, `${name}.parquet`);
  await lake.writeQuery(`SELECT * FROM bronze.${name}`, { localPath: path });
  sources.push({ name, path });
}
await lake.close();
const insert = async (where: string): Promise<void> => {
  for (const { name, path } of sources)
    await connection.run(
      `INSERT INTO bronze.${name} BY NAME SELECT * FROM read_parquet(${quoted(path)}) WHERE ${where}`,
    );
};
for (const { layer, name, schema } of tableDefinitions) {
  if (layer !== "bronze") continue;
  const columns = schema.fields.map((member) => `"${member.name}" ${sqlTypeName(member.type)}`);
  await connection.run(`CREATE TABLE bronze.${name} (${columns.join(", ")})`);
}
const isNew = `_extracted_at >= ${quoted(since)}::TIMESTAMPTZ`;
await insert(since === "" ? "true" : `NOT (${isNew})`);
const output = {
  type: "duckdb",
  path: "{{ env_var('RUN_FOLDER') }}/lake.duckdb",
  schema: "silver",
  threads: 2,
  settings: { TimeZone: "UTC" },
};
// JSON is YAML too.
writeFileSync(
  join(folder, "profiles.yml"),
  JSON.stringify({ ffe: { target: "lake", outputs: { lake: output } } }),
);
if (since !== "") {
  closeFile();
  runDbt(["seed"]);
  runDbt(["run", "--select", "stg_bars", "int_bars", "int_market_days", "market_data_enriched"]);
  ({ instance, connection } = await openFile());
  await insert(isNew);
}
closeFile();
for (const { path } of sources) rmSync(path);

async function openFile(): Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> {
  const opened = await DuckDBInstance.create(join(folder, "lake.duckdb"));
  const connected = await opened.connect();
  await connected.run("SET TimeZone = 'UTC'");
  return { instance: opened, connection: connected };
}

/** One process at a time may have the file. */
function closeFile(): void {
  connection.closeSync();
  instance.closeSync();
}

function runDbt(words: readonly string[]): void {
  const [program = "", ...rest] = dbtWords(words, folder);
  const env = { ...process.env, RUN_FOLDER: folder, DO_NOT_TRACK: "1" };
  const { status, stdout } = spawnSync(program, rest, { cwd: folder, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`dbt ${words.join(" ")} failed with ${String(status)}: ${stdout}`);
}
