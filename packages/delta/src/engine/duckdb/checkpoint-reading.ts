import { DuckDBDecimalType, DuckDBStructType, DuckDBTypeId } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBType } from "@duckdb/node-api";

import { DeltaError, messageOf } from "../../errors.ts";
import { toAction } from "../../protocol/actions.ts";
import type { Action, AddFile, PartitionValues } from "../../protocol/actions.ts";
import { quoteFile, quoteName, quoteText } from "../sql-text.ts";
import { streamedChunks } from "./streamed-chunks.ts";
import type { StreamedQuery } from "./streamed-chunks.ts";

/** Rows that become one text: few enough for memory, and so many that the cost of a text does not matter. */
const rowsPerText = 4096;
/** Rows of one query, whose texts the engine holds all at once. */
const rowsPerQuery = 32 * rowsPerText;

/**
 * Streams the actions of checkpoint files; columns and members that a file lacks are null.
 *
 * Getting a value out of the engine costs more than reading it. So thousands of rows come as one text: files as fields
 * between separators, everything else as JSON.
 *
 * @throws DeltaError `CORRUPT_LOG` for rows that are not actions; the engine's own error for a file that is not Parquet.
 */
export async function* readCheckpointParquet(
  connection: DuckDBConnection,
  localPaths: readonly string[],
): AsyncGenerator<readonly Action[]> {
  // One by one: files of one checkpoint may differ in the columns and members that they have.
  for (const path of localPaths) {
    const file = await describeFile(connection, path);
    const { add, ...others } = file.kinds;
    if (Object.keys(others).length > 0) yield* readJsonActions(connection, file, others);
    if (add !== undefined) yield* readAdds(connection, file, add);
  }
}

/** The columns of a file that hold actions, by the kind of action that they are named after. */
type Kinds = Readonly<Record<string, DuckDBStructType>>;

interface CheckpointFile {
  readonly path: string;
  /** For the FROM of a query: rows have a `file_row_number`. */
  readonly relation: string;
  readonly rowCount: number;
  /** The kinds of action that occur. */
  readonly kinds: Kinds;
  /** The members that at least one add has. */
  readonly addMembers: readonly AddMember[];
}

/** The member that says whether a row holds an action of this kind: some writers fill absent structs with nulls. */
const requiredMember: ReadonlyMap<string, string> = new Map([
  ["txn", "appId"],
  ["add", "path"],
  ["remove", "path"],
  ["metaData", "id"],
  ["protocol", "minReaderVersion"],
  ["domainMetadata", "domain"],
  ["sidecar", "path"],
  ["checkpointMetadata", "version"],
]);

async function describeFile(connection: DuckDBConnection, path: string): Promise<CheckpointFile> {
  const relation = `read_parquet(${quoteFile(path)}, hive_partitioning=false, file_row_number=true)`;
  const columns = await actionColumns(connection, relation);
  const add = columns.find(([name]) => name === "add")?.[1];
  const members = add === undefined ? [] : addMembers.filter((member) => addCount(member, add) !== undefined);
  const counts = [
    ...columns.map(([name]) => `count(${identityOf(name)})`),
    ...members.map((member) => (add === undefined ? "NULL" : addCount(member, add))),
  ];
  const reader = await connection.runAndReadAll(
    `SELECT ${["count(*)", ...counts].join(", ")} FROM ${relation}`,
  );
  const [rowCount = 0, ...found] = (reader.getRows()[0] ?? []).map(Number);
  return {
    path,
    relation,
    rowCount,
    kinds: Object.fromEntries(columns.filter((_, index) => (found[index] ?? 0) > 0)),
    addMembers: members.filter((_, index) => (found[columns.length + index] ?? 0) > 0),
  };
}

async function actionColumns(
  connection: DuckDBConnection,
  relation: string,
): Promise<(readonly [string, DuckDBStructType])[]> {
  const columns: [string, DuckDBStructType][] = [];
  const prepared = await connection.prepare(`SELECT * FROM ${relation}`);
  try {
    for (let index = 0; index < prepared.columnCount; index += 1) {
      const name = prepared.columnName(index);
      const type = prepared.columnType(index);
      const required = requiredMember.get(name);
      if (required === undefined || !(type instanceof DuckDBStructType)) continue;
      if (type.entryNames.includes(required)) columns.push([name, type]);
    }
  } finally {
    prepared.destroySync();
  }
  return columns;
}

/** An expression that is null in rows with other kinds of action. */
function identityOf(kind: string): string {
  return memberOf(kind, requiredMember.get(kind) ?? "");
}

/** Texts that each stand for up to `rowsPerText` rows: the rows' expressions, joined by a separator. */
async function* joinedRows(
  connection: DuckDBConnection,
  file: CheckpointFile,
  kinds: readonly string[],
  row: string,
  separator: string,
): AsyncGenerator<{ readonly rowCount: number; readonly text: string }> {
  const isPresent = kinds.map((kind) => `${identityOf(kind)} IS NOT NULL`).join(" OR ");
  for (let start = 0; start < file.rowCount; start += rowsPerQuery) {
    const query: StreamedQuery = {
      connection,
      sql:
        `SELECT count(*), string_agg(${row}, ${separator}) FROM ${file.relation} ` +
        `WHERE (${isPresent}) AND file_row_number >= ${start} AND file_row_number < ${start + rowsPerQuery} ` +
        `GROUP BY file_row_number // ${rowsPerText}`,
      explain: (error) => corrupt(file, messageOf(error), error),
    };
    for await (const chunk of streamedChunks(query, await connection.stream(query.sql))) {
      const [counts, texts] = chunk.getColumns();
      for (let index = 0; index < chunk.rowCount; index += 1) {
        const text = texts?.[index];
        if (typeof text === "string") yield { rowCount: Number(counts?.[index]), text };
      }
    }
  }
}

/** Several kinds in one query: these actions are few, and a query for each kind takes longer than reading them. */
async function* readJsonActions(
  connection: DuckDBConnection,
  file: CheckpointFile,
  kinds: Kinds,
): AsyncGenerator<readonly Action[]> {
  const actions = Object.entries(kinds).map(
    ([kind, type]) =>
      `CASE WHEN ${identityOf(kind)} IS NOT NULL THEN json_object(${quoteText(kind)}, ${jsonObject(kind, type)})::VARCHAR END`,
  );
  const row = `concat_ws(',', ${actions.join(", ")})`;
  for await (const { text } of joinedRows(connection, file, Object.keys(kinds), row, "','")) {
    yield parseList(text, file).flatMap((json) => toAction(json, file.path) ?? []);
  }
}

function jsonObject(kind: string, type: DuckDBStructType): string {
  // The parsed copies repeat what the text forms say.
  const members = type.entryNames
    .filter((member) => !member.endsWith("_parsed") && member !== "stats")
    .map((member) => `${quoteText(member)}, ${memberOf(kind, member)}`);
  if (kind === "add") members.push(`'stats', ${addField("stats", type)}`);
  return `json_object(${members.join(", ")})`;
}

/** The separator of fields: neither valid JSON nor a URI contains it. */
const separator = "\u0001";

/** The members of an add, in the order of its fields. */
const addMembers = [
  "path",
  "partitionValues",
  "size",
  "modificationTime",
  "dataChange",
  "stats",
  "tags",
  "deletionVector",
  "baseRowId",
  "defaultRowCommitVersion",
  "clusteringProvider",
] as const;
type AddMember = (typeof addMembers)[number];

async function* readAdds(
  connection: DuckDBConnection,
  file: CheckpointFile,
  type: DuckDBStructType,
): AsyncGenerator<readonly Action[]> {
  const has = new Set(type.entryNames);
  if (!has.has("partitionValues") && has.has("partitionValues_parsed")) {
    throw corrupt(file, "adds have partitionValues_parsed but no partitionValues");
  }
  const fields = file.addMembers.map((member) => `coalesce(${addField(member, type)}, '')`);
  const row = `concat_ws(chr(1), ${fields.join(", ")})`;
  for await (const { rowCount, text } of joinedRows(connection, file, ["add"], row, "chr(1)")) {
    const texts = text.split(separator);
    if (texts.length !== rowCount * file.addMembers.length) {
      // Some text contains the separator nevertheless. Reading an add twice does no harm.
      yield* readJsonActions(connection, file, { add: type });
      return;
    }
    yield toAdds(texts, file);
  }
}

/** How many adds have a value of a member; `undefined` when the file lacks the member. */
function addCount(member: AddMember, type: DuckDBStructType): string | undefined {
  const value = memberOf("add", member);
  const has = type.entryNames.includes(member);
  switch (member) {
    case "stats":
      return has || type.entryNames.includes("stats_parsed") ? "count(*)" : undefined;
    case "partitionValues":
      return has ? `count(nullif(cardinality(${value}::MAP(VARCHAR, VARCHAR)), 0))` : undefined;
    case "deletionVector":
      return has ? `count(${value}.${quoteName("storageType")})` : undefined;
    default:
      return has ? `count(${value})` : undefined;
  }
}

/** One member of an add as text; an empty one stands for null. */
function addField(member: AddMember, type: DuckDBStructType): string {
  const value = memberOf("add", member);
  const has = type.entryNames.includes(member);
  switch (member) {
    case "stats":
      return statisticsField(has ? value : undefined, type);
    case "partitionValues":
      return has ? `to_json(${value}::MAP(VARCHAR, VARCHAR))::VARCHAR` : "NULL";
    case "tags":
      return has ? `CASE WHEN ${value} IS NOT NULL THEN to_json(${value})::VARCHAR END` : "NULL";
    case "deletionVector": {
      const isPresent = `${value}.${quoteName("storageType")} IS NOT NULL`;
      return has ? `CASE WHEN ${isPresent} THEN to_json(${value})::VARCHAR END` : "NULL";
    }
    case "path":
    case "size":
    case "modificationTime":
    case "dataChange":
    case "baseRowId":
    case "defaultRowCommitVersion":
    case "clusteringProvider":
      return has ? `${value}::VARCHAR` : "NULL";
  }
}

/** Statistics as JSON text, made from their parsed form where they have no other. */
function statisticsField(stats: string | undefined, type: DuckDBStructType): string {
  const parsed = typeOfMember(type, "stats_parsed");
  const fromParsed =
    parsed instanceof DuckDBStructType
      ? `to_json(${statisticsValue(memberOf("add", "stats_parsed"), parsed)})::VARCHAR`
      : undefined;
  if (stats !== undefined && fromParsed !== undefined) return `coalesce(${stats}, ${fromParsed})`;
  return stats ?? fromParsed ?? "NULL";
}

/** A parsed statistic in the notation of the log: timestamps in ISO 8601, instants in UTC; long decimals as text. */
function statisticsValue(value: string, type: DuckDBType): string {
  if (type instanceof DuckDBStructType && type.entryNames.length > 0) {
    const members = type.entryNames.map((name, index) => {
      const member = type.entryTypes[index];
      const inner = `${value}.${quoteName(name)}`;
      return `${quoteName(name)} := ${member === undefined ? inner : statisticsValue(inner, member)}`;
    });
    return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${members.join(", ")}) END`;
  }
  // The engine's JSON numbers go through a double, which is only certain to keep fifteen digits.
  if (type instanceof DuckDBDecimalType && type.width > 15) return `${value}::VARCHAR`;
  switch (type.typeId) {
    case DuckDBTypeId.TIMESTAMP_TZ:
      return `strftime(${value} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')`;
    case DuckDBTypeId.TIMESTAMP:
      return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%f')`;
    default:
      return value;
  }
}

function toAdds(texts: readonly string[], file: CheckpointFile): Action[] {
  const width = file.addMembers.length;
  const places = new Map(file.addMembers.map((member, place) => [member, place]));
  const textsOf = (member: AddMember): ((start: number) => string) => {
    const place = places.get(member);
    return place === undefined ? () => "" : (start) => texts[start + place] ?? "";
  };
  const [path, size, stats] = [textsOf("path"), textsOf("size"), textsOf("stats")];
  const [modificationTime, dataChange] = [textsOf("modificationTime"), textsOf("dataChange")];
  const rareTexts = [...rareMembers]
    .filter((member) => places.has(member))
    .map((member) => [member, textsOf(member)] as const);
  const partitionValues = partitionValuesOf(texts, places.get("partitionValues"), file);
  const actions: Action[] = [];
  for (let start = 0; start < texts.length; start += width) {
    const bytes = Number(size(start));
    if (path(start) === "" || size(start) === "" || !Number.isFinite(bytes))
      throw corrupt(file, "an add needs a path and a size");
    const add: AddFile = {
      path: path(start),
      partitionValues: partitionValues(start),
      size: bytes,
      modificationTime: Number(modificationTime(start)) || 0,
      dataChange: dataChange(start) !== "false",
      stats: stats(start) === "" ? undefined : stats(start),
    };
    const rare = rareTexts
      .map(([member, textAt]) => [member, textAt(start)] as const)
      .filter(([, text]) => text !== "");
    actions.push({ add: rare.length === 0 ? add : withRareMembers(add, rare, file) });
  }
  return actions;
}

/** Partition values by where a row's texts start. */
function partitionValuesOf(
  texts: readonly string[],
  place: number | undefined,
  file: CheckpointFile,
): (start: number) => PartitionValues {
  if (place === undefined) return () => ({});
  const width = file.addMembers.length;
  const maps: string[] = [];
  for (let start = 0; start < texts.length; start += width) maps.push(texts[start + place] || "{}");
  // One list for all of them: starting the parser costs more than parsing these few values.
  const list = parseList(maps.join(","), file);
  return (start) => {
    const values = list[start / width];
    if (!isPartitionValues(values)) throw corrupt(file, "partitionValues must be an object");
    return values;
  };
}

const rareMembers: ReadonlySet<AddMember> = new Set([
  "tags",
  "deletionVector",
  "baseRowId",
  "defaultRowCommitVersion",
  "clusteringProvider",
]);

function withRareMembers(
  add: AddFile,
  members: readonly (readonly [AddMember, string])[],
  file: CheckpointFile,
): AddFile {
  const values = members.map(([member, text]) => [
    member,
    member === "clusteringProvider" ? text : parseList(text, file)[0],
  ]);
  const action = toAction({ add: { ...add, ...Object.fromEntries(values) } }, file.path);
  if (action === undefined || !("add" in action)) throw corrupt(file, "an add cannot be read");
  return action.add;
}

function parseList(members: string, file: CheckpointFile): unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(`[${members}]`);
  } catch (error) {
    throw new DeltaError("CORRUPT_LOG", `${file.path}: not JSON`, { cause: error });
  }
  return Array.isArray(json) ? json : [];
}

/** The engine made the text from a map of texts, so its values need no check. */
function isPartitionValues(value: unknown): value is PartitionValues {
  return typeof value === "object" && value !== null;
}

function memberOf(column: string, member: string): string {
  return `${quoteName(column)}.${quoteName(member)}`;
}

function typeOfMember(type: DuckDBStructType, member: string): DuckDBType | undefined {
  return type.entryTypes[type.entryNames.indexOf(member)];
}

function corrupt(file: CheckpointFile, what: string, cause?: unknown): DeltaError {
  return new DeltaError("CORRUPT_LOG", `${file.path}: ${what}`, { cause });
}
