import { normalName, usualNames } from "./column-names.ts";
import type { RawRecord } from "./raw-table.ts";
import { levelsOf, tupleName } from "./stacked-columns.ts";

/** Rows that were found in a document. */
export interface JsonRows {
  /** For the user: `rows of arrays`. */
  readonly shape: string;
  readonly names: readonly string[] | undefined;
  readonly rows: readonly RawRecord[];
  readonly symbol?: string | undefined;
  readonly timeZone?: string | undefined;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** How deep answers of providers hide their rows. */
const depthMax = 5;

/**
 * Finds the candles of a document: rows of arrays, records, columns of arrays, pandas' orientations, Alpha Vantage's days
 * by name, Yahoo's charts, and any of these inside of an answer. `undefined` when there are no such rows, or rows in two places.
 */
export function findJsonRows(document: unknown, depth = 0): JsonRows | undefined {
  if (Array.isArray(document)) return rowsOfArray(document, depth);
  if (!isObject(document) || depth > depthMax) return undefined;
  const found =
    yahooChart(document) ??
    pandasSplit(document) ??
    pandasTable(document, depth) ??
    columnsOfArrays(document) ??
    columnsOfObjects(document) ??
    rowsByTime(document) ??
    rowsWithin(document, depth);
  return found === undefined
    ? undefined
    : {
        ...found,
        symbol: found.symbol ?? symbolOf(document),
        timeZone: found.timeZone ?? timeZoneOf(document),
      };
}

function rowsOfArray(items: readonly unknown[], depth: number): JsonRows | undefined {
  if (items.length === 0) return undefined;
  if (items.every((item) => Array.isArray(item))) {
    const rows = items.map((item) => item.map(textOf));
    const [first = []] = rows;
    const isHeader =
      rows.length > 1 && first.every((cell) => cell !== undefined && /^[a-z_ .]+$/i.test(cell));
    return isHeader
      ? { shape: "rows of arrays under their names", names: first.map(String), rows: rows.slice(1) }
      : { shape: "rows of arrays", names: undefined, rows };
  }
  if (!items.every(isObject)) return undefined;
  // An answer in a list of one, such as a chart of Yahoo's.
  const [only] = items;
  if (items.length === 1 && only !== undefined && !isRecord(only)) return findJsonRows(only, depth + 1);
  return records(items.map(flat));
}

function records(items: readonly JsonObject[]): JsonRows {
  const names = [...new Set(items.flatMap((item) => Object.keys(item)))];
  return {
    shape: "records",
    names,
    rows: items.map((item) => {
      const members = new Map(Object.entries(item));
      return names.map((name) => textOf(members.get(name)));
    }),
  };
}

/** Whether an object has members of its own that could be a bar. */
function isRecord(item: JsonObject): boolean {
  const names = new Set(Object.keys(flat(item)).flatMap(plainNames));
  return (
    usualNames.close.some((name) => names.has(name)) &&
    Object.values(flat(item)).some((value) => !Array.isArray(value) && !isObject(value))
  );
}

/** Members of members: `bid.o`, and those of `mid` as they are, since they are the prices. */
function flat(item: JsonObject): JsonObject {
  if (!Object.values(item).some(isObject)) return item;
  const entries = Object.entries(item).flatMap(([key, value]): [string, unknown][] => {
    if (!isObject(value)) return [[key, value]];
    return Object.entries(value).map(([inner, innerValue]) => [
      key === "mid" ? inner : `${key}.${inner}`,
      innerValue,
    ]);
  });
  return Object.fromEntries(entries);
}

/** `{"t": [...], "o": [...], ...}` */
function columnsOfArrays(document: JsonObject): JsonRows | undefined {
  const columns = Object.entries(document).filter(
    (entry): entry is [string, readonly unknown[]] =>
      Array.isArray(entry[1]) &&
      entry[1].length > 0 &&
      !entry[1].some((value) => Array.isArray(value) || isObject(value)),
  );
  const length = columns[0]?.[1].length ?? 0;
  if (columns.length < 5 || columns.some(([, values]) => values.length !== length)) return undefined;
  const rows = Array.from({ length }, (_, index) => columns.map(([, values]) => textOf(values[index])));
  return { shape: "columns", names: columns.map(([name]) => name), rows };
}

/** `{"open": {"0": 1, "1": 2}, ...}`, pandas' own orientation: the keys are its index. */
function columnsOfObjects(document: JsonObject): JsonRows | undefined {
  const columns = Object.entries(document);
  const names = new Set(columns.flatMap(([name]) => plainNames(name)));
  if (!["open", "high", "low", "close"].every((name) => names.has(name))) return undefined;
  const objects = columns.filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
  if (objects.length !== columns.length) return undefined;
  const keys = Object.keys(objects[0]?.[1] ?? {});
  const columnMaps = objects.map(([, values]) => new Map(Object.entries(values)));
  return {
    shape: "columns by index",
    names: ["index", ...objects.map(([name]) => name)],
    rows: keys.map((key) => [key, ...columnMaps.map((values) => textOf(values.get(key)))]),
  };
}

/** `{"2024-03-13": {"1. open": "1", ...}, ...}` */
function rowsByTime(document: JsonObject): JsonRows | undefined {
  const entries = Object.entries(document);
  const items = entries.flatMap(([key, value]) =>
    isObject(value) && isRecord(value) ? [{ ...value, time: key }] : [],
  );
  if (items.length === 0 || items.length !== entries.length || !/^[-\d]/.test(entries[0]?.[0] ?? ""))
    return undefined;
  return { ...records(items), shape: "records by their time" };
}

/** `{"columns": [...], "index": [...], "data": [[...], ...]}` */
function pandasSplit({ columns, index, data }: JsonObject): JsonRows | undefined {
  if (!Array.isArray(columns) || !Array.isArray(data)) return undefined;
  const keys: readonly unknown[] = Array.isArray(index) ? index : [];
  // The index may have levels of its own, and so may the names of the columns.
  const keyNames = levelsOfKey(keys[0]).map((_, level) => (level === 0 ? "index" : `index ${level}`));
  const rows = data.map((row, at) => [
    ...levelsOfKey(keys[at]).map(textOf),
    ...(Array.isArray(row) ? row.map(textOf) : []),
  ]);
  const names = columns.map((name: unknown) => (Array.isArray(name) ? tupleName(name) : String(name)));
  return { shape: "rows of arrays under their names", names: [...keyNames, ...names], rows };
}

function levelsOfKey(key: unknown): readonly unknown[] {
  return Array.isArray(key) ? key : [key];
}

/** `{"schema": {"fields": [...]}, "data": [{...}]}` */
function pandasTable({ schema, data }: JsonObject, depth: number): JsonRows | undefined {
  if (!isObject(schema) || !Array.isArray(schema["fields"]) || !Array.isArray(data)) return undefined;
  const found = rowsOfArray(data, depth);
  return found === undefined ? undefined : { ...found, shape: "records under their schema" };
}

/** A name as it is compared, of several levels each of them. */
function plainNames(name: string): readonly string[] {
  return (levelsOf(name) ?? [name]).map(normalName);
}

function yahooChart({ timestamp, indicators }: JsonObject): JsonRows | undefined {
  if (!Array.isArray(timestamp) || !isObject(indicators) || !Array.isArray(indicators["quote"]))
    return undefined;
  const [quote]: readonly unknown[] = indicators["quote"];
  return isObject(quote) ? columnsOfArrays({ timestamp, ...quote }) : undefined;
}

/** Rows in one member of an answer, or in several that are named after their symbols. */
function rowsWithin(document: JsonObject, depth: number): JsonRows | undefined {
  const found = Object.entries(document).flatMap(([key, value]) => {
    if (!Array.isArray(value) && !isObject(value)) return [];
    const rows = findJsonRows(value, depth + 1);
    return rows === undefined || rows.rows.length === 0 ? [] : [{ key, rows }];
  });
  const [first] = found;
  if (first === undefined) return undefined;
  if (found.length === 1) return first.rows;
  const names = first.rows.names;
  const areAlike = found.every(({ rows }) => rows.names?.join("\n") === names?.join("\n"));
  if (names === undefined || !areAlike) return undefined;
  return {
    shape: "records by their symbol",
    names: [...names, "symbol"],
    rows: found.flatMap(({ key, rows }) => rows.rows.map((row) => [...row, key])),
  };
}

/** What an answer says of its symbol, beside its rows or in the part that describes them. */
function symbolOf(document: JsonObject): string | undefined {
  for (const part of descriptions(document)) {
    const byName = new Map(Object.entries(part).map(([name, value]) => [normalName(name), value]));
    const [from, to] = [
      byName.get("from symbol") ?? byName.get("digital currency code"),
      byName.get("to symbol") ?? byName.get("market code"),
    ];
    if (typeof from === "string" && typeof to === "string") return `${from}/${to}`;
    for (const name of usualNames.symbol) {
      const value = byName.get(name);
      if (typeof value === "string" && value !== "") return value;
    }
  }
  return undefined;
}

function timeZoneOf(document: JsonObject): string | undefined {
  for (const part of descriptions(document)) {
    const zone = Object.entries(part).find(([name]) => normalName(name) === "time zone")?.[1];
    if (typeof zone === "string") return zone;
  }
  return undefined;
}

function descriptions(document: JsonObject): readonly JsonObject[] {
  return [document, ...[document["meta"], document["Meta Data"]].filter(isObject)];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "boolean" || typeof value === "number" ? String(value) : undefined;
}
