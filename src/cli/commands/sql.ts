import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";

import { fileReason } from "finance-feedback-delta/contract";

import { decodeUtf8 } from "../../config/utf8-text.ts";
import { CommandError } from "../command-error.ts";
import type { SqlOptions } from "../grammar/sql.ts";
import { withLakehouse } from "../lakehouse.ts";
import { limited } from "../output/limited.ts";
import { putRows } from "../output/put-rows.ts";

/** `ffe sql` */
export async function sql(argument: string | undefined, options: SqlOptions): Promise<number> {
  const query = await queryOf(argument, options);
  return withLakehouse(options, async ({ lake }) => {
    const { limit } = options;
    const version = { version: options.version, asOfTimestamp: options.asOf, knownAt: options.knownAt };
    await putRows(
      {
        open: async () => {
          const { schema, batches } = await lake.query(query, version);
          return { schema, batches: limit === undefined ? batches : limited(batches, limit) };
        },
        toParquet: (path) => lake.writeQuery(query, { localPath: path, limit }, version),
      },
      options,
      { limit, showsEveryColumn: options.columns, showsAll: "--columns shows them", named: namesIn(query) },
    );
    return 0;
  });
}

/** @throws CommandError unless exactly one query is given. */
async function queryOf(argument: string | undefined, { file }: SqlOptions): Promise<string> {
  if (file !== undefined && argument !== undefined)
    throw new CommandError("INVALID_ARGUMENT", "Give a query or --file, not both");
  if (file !== undefined) return written(await fromFile(file), file);
  if (argument !== undefined && argument !== "-") return written(argument, "the command line");
  if (argument === undefined && process.stdin.isTTY)
    throw new CommandError(
      "INVALID_ARGUMENT",
      'Give a query, as in ffe sql "SELECT 1", or --file FILE, or - to read it from stdin',
    );
  return written(decoded(await buffer(process.stdin), "stdin"), "stdin");
}

async function fromFile(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new CommandError("INPUT_UNREADABLE", `Cannot read the query in ${file}: ${fileReason(error)}`, {
      cause: error,
    });
  }
  return decoded(bytes, file);
}

/** @throws CommandError for bytes that are not UTF-8. */
function decoded(bytes: Uint8Array, place: string): string {
  const result = decodeUtf8(bytes);
  if ("text" in result) return result.text;
  throw new CommandError(
    "INPUT_UNREADABLE",
    `The query in ${place} is not UTF-8 (line ${result.brokenLine}). Save it as UTF-8 and run the command again.`,
  );
}

/** Editors may put a byte order mark before the first word. */
function written(query: string, place: string): string {
  const plain = query.replace(/^\uFEFF/, "");
  if (plain.trim() !== "") return plain;
  throw new CommandError("INVALID_ARGUMENT", `There is no query in ${place}`);
}

/** The words of a query: columns that it names are shown. */
function namesIn(query: string): ReadonlySet<string> {
  return new Set(query.match(/\w+/g));
}
