import { DuckDBStructType } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { toAction } from "../../protocol/actions.ts";
import type { Action } from "../../protocol/actions.ts";
import { quoteFile, quoteName, quoteText } from "./sql-text.ts";

/**
 * The columns of a classic checkpoint.
 *
 * Source: PROTOCOL.md, "Checkpoint Schema". Removes carry neither stats nor tags, and there is no commitInfo.
 */
const text = "MAP(VARCHAR, VARCHAR)";
const vector =
  'STRUCT(storageType VARCHAR, pathOrInlineDv VARCHAR, "offset" INTEGER, sizeInBytes INTEGER, cardinality BIGINT)';
const checkpointColumns: Readonly<Record<string, string>> = {
  txn: "STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)",
  add:
    `STRUCT(path VARCHAR, partitionValues ${text}, size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, ` +
    `tags ${text}, deletionVector ${vector}, stats VARCHAR)`,
  remove:
    `STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, ` +
    `partitionValues ${text}, size BIGINT, deletionVector ${vector})`,
  metaData:
    `STRUCT(id VARCHAR, name VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options ${text}), ` +
    `schemaString VARCHAR, partitionColumns VARCHAR[], configuration ${text}, createdTime BIGINT)`,
  protocol:
    "STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], writerFeatures VARCHAR[])",
  domainMetadata: "STRUCT(domain VARCHAR, configuration VARCHAR, removed BOOLEAN)",
};

export async function writeCheckpointParquet(
  connection: DuckDBConnection,
  actions: Iterable<Action>,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "delta-checkpoint-"));
  try {
    const source = join(folder, "actions.json");
    const target = join(folder, "checkpoint.parquet");
    await pipeline(Readable.from(jsonLines(actions)), createWriteStream(source));
    const columns = Object.entries(checkpointColumns).map(
      ([name, type]) => `${quoteText(name)}: ${quoteText(type)}`,
    );
    const read = `read_json(${quoteFile(source)}, format='newline_delimited', columns={${columns.join(", ")}}, maximum_object_size=268435456)`;
    await connection.run(
      `COPY (SELECT * FROM ${read}) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION snappy)`,
    );
    return await readFile(target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Streams the actions of checkpoint files; columns and members that a file lacks are null. */
export async function* readCheckpointParquet(
  connection: DuckDBConnection,
  localPaths: readonly string[],
): AsyncGenerator<readonly Action[]> {
  const files = `read_parquet([${localPaths.map(quoteFile).join(", ")}], union_by_name=true, hive_partitioning=false)`;
  const prepared = await connection.prepare(`SELECT * FROM ${files}`);
  const selects: { readonly name: string; readonly sql: string }[] = [];
  for (let index = 0; index < prepared.columnCount; index += 1) {
    const name = prepared.columnName(index);
    const type = prepared.columnType(index);
    if (name in checkpointColumns && type instanceof DuckDBStructType) {
      selects.push({ name, sql: memberJson(name, type) });
    }
  }
  prepared.destroySync();
  if (selects.length === 0) return;
  const result = await connection.stream(
    `SELECT ${selects.map((select) => select.sql).join(", ")} FROM ${files}`,
  );
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const actions: Action[] = [];
    const columns = chunk.getColumns();
    for (let row = 0; row < chunk.rowCount; row += 1) {
      selects.forEach((select, position) => {
        const json = columns[position]?.[row];
        if (typeof json !== "string") return;
        const parsed: unknown = JSON.parse(json);
        const action = toAction({ [select.name]: parsed }, localPaths.join(", "));
        if (action !== undefined) actions.push(action);
      });
    }
    yield actions;
  }
}

/** The member that says whether a row holds an action of this kind: some writers fill absent structs with nulls. */
const requiredMember: Readonly<Record<string, string>> = {
  txn: "appId",
  add: "path",
  remove: "path",
  metaData: "id",
  protocol: "minReaderVersion",
  domainMetadata: "domain",
};

/** A struct column as JSON text without its parsed copies, which repeat what the text forms say. */
function memberJson(name: string, type: DuckDBStructType): string {
  const column = quoteName(name);
  const members = type.entryNames.filter(
    (member) => member !== "stats_parsed" && member !== "partitionValues_parsed",
  );
  const entries = members.map((member) => `${quoteText(member)}, ${memberSql(column, member, type)}`);
  if (!members.includes("stats") && type.entryNames.includes("stats_parsed")) {
    entries.push(`'stats', to_json(${column}.stats_parsed)::VARCHAR`);
  }
  const required = requiredMember[name] ?? "";
  return `CASE WHEN ${column}.${quoteName(required)} IS NOT NULL THEN json_object(${entries.join(", ")})::VARCHAR END`;
}

function memberSql(column: string, member: string, type: DuckDBStructType): string {
  const value = `${column}.${quoteName(member)}`;
  return member === "stats" && type.entryNames.includes("stats_parsed")
    ? `coalesce(${value}, to_json(${column}.stats_parsed)::VARCHAR)`
    : value;
}

function* jsonLines(actions: Iterable<Action>): Generator<string> {
  for (const action of actions) yield `${JSON.stringify(action)}\n`;
}
