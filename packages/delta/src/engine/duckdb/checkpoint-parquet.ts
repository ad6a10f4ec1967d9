import type { DuckDBConnection } from "@duckdb/node-api";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { Action } from "../../protocol/actions.ts";
import type { CheckpointContent } from "../engine.ts";
import { quoteFile, quoteText } from "../sql-text.ts";

const text = "MAP(VARCHAR, VARCHAR)";
const vector =
  'STRUCT(storageType VARCHAR, pathOrInlineDv VARCHAR, "offset" INTEGER, sizeInBytes INTEGER, cardinality BIGINT)';

/**
 * The columns of a checkpoint.
 *
 * Source: PROTOCOL.md, "Checkpoint Schema". Removes carry neither stats nor tags, and there is no commitInfo.
 */
const fileColumns: Readonly<Record<string, string>> = {
  add:
    `STRUCT(path VARCHAR, partitionValues ${text}, size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, ` +
    `tags ${text}, deletionVector ${vector}, baseRowId BIGINT, defaultRowCommitVersion BIGINT, ` +
    `clusteringProvider VARCHAR, stats VARCHAR)`,
  remove:
    `STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, ` +
    `partitionValues ${text}, size BIGINT, deletionVector ${vector}, baseRowId BIGINT, defaultRowCommitVersion BIGINT)`,
};
const tableColumns: Readonly<Record<string, string>> = {
  txn: "STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)",
  metaData:
    `STRUCT(id VARCHAR, name VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options ${text}), ` +
    `schemaString VARCHAR, partitionColumns VARCHAR[], configuration ${text}, createdTime BIGINT)`,
  protocol:
    "STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], writerFeatures VARCHAR[])",
  domainMetadata: "STRUCT(domain VARCHAR, configuration VARCHAR, removed BOOLEAN)",
};
const columnsOf: Readonly<Record<CheckpointContent, Readonly<Record<string, string>>>> = {
  classic: { ...tableColumns, ...fileColumns },
  v2: {
    ...tableColumns,
    ...fileColumns,
    checkpointMetadata: `STRUCT(version BIGINT, tags ${text})`,
    sidecar: `STRUCT(path VARCHAR, sizeInBytes BIGINT, modificationTime BIGINT, tags ${text})`,
  },
  sidecar: fileColumns,
};

/** Readers share the row groups of a file between their threads. */
const rowsPerGroup = 32_768;

export async function writeCheckpointParquet(
  connection: DuckDBConnection,
  actions: Iterable<Action>,
  content: CheckpointContent,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "delta-checkpoint-"));
  try {
    const source = join(folder, "actions.json");
    const target = join(folder, "checkpoint.parquet");
    await pipeline(Readable.from(jsonLines(actions)), createWriteStream(source));
    const columns = Object.entries(columnsOf[content]).map(
      ([name, type]) => `${quoteText(name)}: ${quoteText(type)}`,
    );
    const read = `read_json(${quoteFile(source)}, format='newline_delimited', columns={${columns.join(", ")}}, maximum_object_size=268435456)`;
    await connection.run(
      `COPY (SELECT * FROM ${read}) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${rowsPerGroup})`,
    );
    return await readFile(target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Many rows for each write: every write to a stream costs time. */
const linesPerWrite = 1000;

function* jsonLines(actions: Iterable<Action>): Generator<string> {
  let lines: string[] = [];
  for (const action of actions) {
    lines.push(JSON.stringify(action), "\n");
    if (lines.length < 2 * linesPerWrite) continue;
    yield lines.join("");
    lines = [];
  }
  yield lines.join("");
}
