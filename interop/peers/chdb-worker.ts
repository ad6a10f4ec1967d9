// chdb (ClickHouse as a library) as a worker process; `worker-process.ts` describes the conversation.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Field, Row, Value } from "../canonical.ts";
import { parseClickhouseType } from "./clickhouse-type.ts";

const Request = z.discriminatedUnion("op", [
  z.object({ id: z.number(), op: z.literal("versions") }),
  z.object({
    id: z.number(),
    op: z.literal("read"),
    path: z.string(),
    version: z.number().optional(),
    where: z.string().optional(),
    types: z.record(z.string(), z.enum(["binary", "timestamp_ntz"])).default({}),
  }),
]);
type ReadRequest = Extract<z.infer<typeof Request>, { readonly op: "read" }>;
type Column = {
  readonly field: Field;
  readonly expression: string;
  readonly canonical: (json: unknown) => Value;
};

const SETTINGS = [
  "session_timezone = 'UTC'",
  "date_time_output_format = 'iso'",
  "output_format_decimal_trailing_zeros = 1",
  "output_format_json_quote_decimals = 1",
  "output_format_json_quote_64bit_integers = 1",
  "output_format_json_quote_denormals = 1",
  "output_format_json_named_tuples_as_objects = 1",
  // Each entry of a map becomes {"keys": …, "values": …}.
  "output_format_json_map_as_array_of_tuples = 1",
  // Else a condition on a binary column would see its hexadecimal text.
  "prefer_column_name_to_alias = 1",
];

const chdb = loadChdb();

for await (const line of createInterface({ input: process.stdin })) {
  const request = Request.parse(JSON.parse(line));
  let answer: object;
  try {
    answer = { id: request.id, result: request.op === "versions" ? versions() : read(request) };
  } catch (error) {
    dropLeftovers();
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    answer = { id: request.id, error: { type: name, message } };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function versions(): Readonly<Record<string, string>> {
  const [[clickhouse = ""] = []] = select("SELECT version()");
  return { chdb: chdb.version, clickhouse: String(clickhouse), node: process.versions.node };
}

function read(request: ReadRequest): object {
  const table = `deltaLakeLocal(${quoted(request.path, "'")})`;
  const snapshot = request.version === undefined ? [] : [`delta_lake_snapshot_version = ${request.version}`];
  const settings = `SETTINGS ${[...SETTINGS, ...snapshot].join(", ")}`;
  const columns = select(`DESCRIBE ${table} ${settings}`).map(([name, type]) =>
    describeColumn(String(name), String(type), request.types),
  );
  const expressions = columns.map(({ expression }) => expression).join(", ");
  const condition = request.where === undefined ? "" : `WHERE ${request.where}`;
  const rows = select(`SELECT ${expressions} FROM ${table} ${condition} ${settings}`).map((values): Row =>
    Object.fromEntries(columns.map(({ field, canonical }, index) => [field.name, canonical(values[index])])),
  );
  return { version: request.version, schema: columns.map(({ field }) => field), rows };
}

function describeColumn(name: string, clickhouseType: string, types: ReadRequest["types"]): Column {
  const { dataType, canonical } = parseClickhouseType(clickhouseType);
  const identifier = quoted(name, "`");
  const type = types[name] ?? dataType;
  if (type === "binary") {
    return { field: { name, type }, expression: `lower(hex(${identifier}))`, canonical };
  }
  if (type === "timestamp_ntz") {
    const withoutZone = (json: unknown): Value =>
      canonical(typeof json === "string" ? json.slice(0, -1) : json);
    return { field: { name, type }, expression: identifier, canonical: withoutZone };
  }
  return { field: { name, type }, expression: identifier, canonical };
}

function select(query: string): readonly (readonly unknown[])[] {
  const lines = chdb.query(query, "JSONCompactEachRow").split("\n");
  return lines.filter((line) => line !== "").map((line) => z.array(z.unknown()).parse(JSON.parse(line)));
}

/** Rows that a query had given when it failed come in front of the next answer: let that be one nobody reads. */
function dropLeftovers(): void {
  chdb.query("SELECT 1", "JSONCompactEachRow");
}

function quoted(text: string, quote: "'" | "`"): string {
  return quote + text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`) + quote;
}

/** Not an import: the project's type check must not depend on `interop/node_modules` being there. */
function loadChdb(): { readonly version: string; query(query: string, format: string): string } {
  const require = createRequire(import.meta.url);
  const Module = z.object({ query: z.function({ input: [z.string(), z.string()], output: z.string() }) });
  const { version } = z.object({ version: z.string() }).parse(require("chdb/package.json"));
  return { version, query: Module.parse(require("chdb")).query };
}
