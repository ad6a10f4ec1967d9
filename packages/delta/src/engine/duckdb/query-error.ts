import type { DuckDBConnection } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import type { TableResolver } from "../engine.ts";
import { quoteFile } from "../sql-text.ts";
import { interrupted, saysInterrupted } from "./open-connections.ts";
import { outOfMemory } from "./write-error.ts";

/** The code when a query fails and every data file is sound: it blames the caller's text, or the files without one. */
export type SqlErrorCode = "INVALID_PREDICATE" | "INVALID_QUERY" | "DATA_FILE_UNREADABLE";

/**
 * The engine's error about a query, in our words. It often does not name the file, or say that reading a file failed. So
 * the files are read again, one by one, to find a damaged one.
 *
 * @param files the local paths of the data files that the query reads.
 */
export async function queryError(
  connection: DuckDBConnection,
  code: SqlErrorCode,
  error: unknown,
  files: readonly string[],
): Promise<DeltaError> {
  const text = messageOf(error);
  if (!isOfTheText(text)) {
    const damaged = files.find((path) => text.includes(path)) ?? (await damagedFile(connection, files));
    if (damaged !== undefined) return unreadable(damaged, error);
  }
  return sqlError(code, error);
}

/** The first of these Parquet files that cannot be read as a whole. */
export async function damagedFile(
  connection: DuckDBConnection,
  files: readonly string[],
): Promise<string | undefined> {
  for (const path of files) {
    try {
      await connection.run(
        `EXPLAIN ANALYZE SELECT * FROM read_parquet(${quoteFile(path)}, hive_partitioning=false)`,
      );
    } catch (error) {
      if (!isOfTheMachine(messageOf(error))) return path;
    }
  }
  return undefined;
}

export function unreadable(path: string, cause: unknown): DeltaError {
  return new DeltaError(
    "DATA_FILE_UNREADABLE",
    `The data file ${path} is missing or damaged (restore goes back to a version without it, repair takes lost files out of the table): ${plainText(cause)}`,
    { cause },
  );
}

/** The engine's error in our words, without the text of the query, which is not what the user wrote. */
export function sqlError(code: SqlErrorCode, error: unknown): DeltaError {
  const text = plainText(error);
  if (text.startsWith("Out of Memory Error")) return outOfMemory(text, error);
  if (saysInterrupted(text)) return interrupted(error);
  // The SQL of a query may name files of its own. An expression reads those of the table, unless it has a subquery.
  const isOfTable =
    code === "INVALID_PREDICATE" &&
    /^IO Error|TProtocolException|^Invalid Input Error: (No magic bytes|File)|parquet/i.test(text) &&
    !text.includes("No files found that match");
  if (code === "DATA_FILE_UNREADABLE" || isOfTable) {
    return new DeltaError(
      "DATA_FILE_UNREADABLE",
      `A data file that the table names is missing or damaged (restore goes back to a version without it, repair takes lost files out of the table): ${text}`,
      { cause: error },
    );
  }
  if (text.includes("Only SELECT statements can be serialized")) {
    return new DeltaError(code, "One SELECT is expected: tables cannot be changed by SQL here", {
      cause: error,
    });
  }
  return new DeltaError(code, `The query failed: ${text}`, { cause: error });
}

/** A resolver that also lists the data files of what it resolves. */
export function listingFiles(resolve: TableResolver, files: string[]): TableResolver {
  return async (reference) => {
    const relation = await resolve(reference);
    if (relation !== undefined && "files" in relation)
      for (const file of relation.files) files.push(file.localPath);
    return relation;
  };
}

function plainText(error: unknown): string {
  return messageOf(error)
    .replace(/\n+LINE \d+:.*$/s, "")
    .replace(/\n*Did you mean "[^"]*"\?/, "");
}

/** Errors about the text of a query, or about values in its expressions. No file is the cause of them. */
function isOfTheText(text: string): boolean {
  return (
    /^(Parser|Binder|Catalog|Conversion|Out of Range|Not implemented) Error/.test(text) ||
    isOfTheMachine(text)
  );
}

function isOfTheMachine(text: string): boolean {
  return text.startsWith("Out of Memory Error") || saysInterrupted(text);
}
