import { DeltaError } from "../errors.ts";
import type { Metadata } from "./actions.ts";
import { ownMember } from "../contract/own-members.ts";

/** A property of a table, under the name that Delta Lake gives it. */
export interface TableProperty<Value> {
  readonly name: string;
  readonly defaultValue: Value;
  /** What a valid value is, for errors. */
  readonly expects: string;
  /** `undefined` for a text that is not a valid value. */
  parse(text: string): Value | undefined;
}

/** The table's value. The default when the table has none, or one of another engine that cannot be understood. */
export function readProperty<Value>(metadata: Metadata, property: TableProperty<Value>): Value {
  const text = ownMember(metadata.configuration, property.name);
  return (text === undefined ? undefined : property.parse(text)) ?? property.defaultValue;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const appendOnly: TableProperty<boolean> = flag("delta.appendOnly", false);
export const changeDataFeed: TableProperty<boolean> = flag("delta.enableChangeDataFeed", false);
export const deletionVectors: TableProperty<boolean> = flag("delta.enableDeletionVectors", false);
export const inCommitTimestamps: TableProperty<boolean> = flag("delta.enableInCommitTimestamps", false);
export const expiredLogCleanup: TableProperty<boolean> = flag("delta.enableExpiredLogCleanup", true);
export const checkpointInterval: TableProperty<number> = positiveInteger("delta.checkpointInterval", 10);
export const checkpointPolicy: TableProperty<"classic" | "v2"> = choice(
  "delta.checkpointPolicy",
  ["classic", "v2"],
  "classic",
);
export const columnMappingMode: TableProperty<"none" | "name" | "id"> = choice(
  "delta.columnMapping.mode",
  ["none", "name", "id"],
  "none",
);
export const isolationLevel: TableProperty<"Serializable" | "WriteSerializable"> = choice(
  "delta.isolationLevel",
  ["Serializable", "WriteSerializable"],
  "Serializable",
);
export const indexedColumns: TableProperty<number> = {
  name: "delta.dataSkippingNumIndexedCols",
  defaultValue: 32,
  expects: "-1 for all columns, or a number of columns",
  parse: (text) => (/^(-1|\d{1,9})$/.test(text.trim()) ? Number(text) : undefined),
};
/** The columns of this list get statistics, instead of the first columns of the schema. */
export const statisticsColumns: TableProperty<readonly ColumnPath[] | undefined> = {
  name: "delta.dataSkippingStatsColumns",
  defaultValue: undefined,
  expects: "column names, separated by commas; with a comma, a dot or a space within, between backticks",
  parse: parseColumnPaths,
};
export const targetFileSize: TableProperty<number | undefined> = {
  name: "delta.targetFileSize",
  defaultValue: undefined,
  expects: "bytes, or a size such as 100mb",
  parse: parseSize,
};
export const deletedFileRetentionMs: TableProperty<number> = interval(
  "delta.deletedFileRetentionDuration",
  7 * dayMs,
);
export const logRetentionMs: TableProperty<number> = interval("delta.logRetentionDuration", 30 * dayMs);
export const transactionRetentionMs: TableProperty<number | undefined> = interval(
  "delta.setTransactionRetentionDuration",
  undefined,
);

/** A column, or a field of a struct column, as its names from the outside in. */
export type ColumnPath = readonly string[];

/** Reads `` a, b.c, `d, e`.f ``; `undefined` for a text that is not such a list. */
function parseColumnPaths(text: string): readonly ColumnPath[] | undefined {
  if (text.trim() === "") return [];
  const part = "`(?:[^`]|``)+`|[^`.,]+";
  if (!new RegExp(`^\\s*(?:${part})(?:\\s*[.,]\\s*(?:${part}))*\\s*$`, "s").test(text)) return undefined;
  const paths: string[][] = [[]];
  for (const [token] of text.matchAll(new RegExp(`${part}|[.,]`, "gs"))) {
    if (token === ",") paths.push([]);
    else if (token !== "." && token.trim() !== "") paths.at(-1)?.push(unquotedName(token.trim()));
  }
  return paths;
}

function unquotedName(token: string): string {
  return token.startsWith("`") ? token.slice(1, -1).replaceAll("``", "`") : token;
}

const known: readonly TableProperty<unknown>[] = [
  appendOnly,
  changeDataFeed,
  deletionVectors,
  inCommitTimestamps,
  expiredLogCleanup,
  checkpointInterval,
  checkpointPolicy,
  columnMappingMode,
  isolationLevel,
  indexedColumns,
  statisticsColumns,
  targetFileSize,
  deletedFileRetentionMs,
  logRetentionMs,
  transactionRetentionMs,
  // Properties on which this engine does not act, or whose features it refuses.
  flag("delta.enableTypeWidening", false),
  flag("delta.enableRowTracking", false),
  flag("delta.enableIcebergCompatV1", false),
  flag("delta.enableIcebergCompatV2", false),
  flag("delta.autoOptimize.autoCompact", false),
  flag("delta.autoOptimize.optimizeWrite", false),
  flag("delta.checkpoint.writeStatsAsJson", true),
  flag("delta.checkpoint.writeStatsAsStruct", false),
  flag("delta.randomizeFilePrefixes", false),
  flag("delta.tuneFileSizesForRewrites", false),
  positiveInteger("delta.randomPrefixLength", 2),
];

/** Only the engine sets these, when their features need it. */
const managed = [
  "delta.columnMapping.maxColumnId",
  "delta.inCommitTimestampEnablementVersion",
  "delta.inCommitTimestampEnablementTimestamp",
];

export interface CheckedProperties {
  /** By the spelling of Delta Lake. */
  readonly properties: Readonly<Record<string, string>>;
  /** Features requested as `delta.feature.NAME = supported`, which does not become a property of the table. */
  readonly features: readonly string[];
}

/**
 * Properties that a caller sets, checked and under the spelling of Delta Lake. Names without `delta.` are not checked.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function checkProperties(wanted: Readonly<Record<string, string>>): CheckedProperties {
  const properties: [string, string][] = [];
  const features: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    if (typeof value !== "string") throw invalid(name, value, "a text");
    const feature = /^delta\.feature\.(.+)$/i.exec(name)?.[1];
    if (feature !== undefined) {
      if (!/^(supported|enabled)$/i.test(value)) throw invalid(name, value, '"supported"');
      features.push(feature);
    } else properties.push([checkedName(name, value), value]);
  }
  return { properties: Object.fromEntries(properties), features };
}

function checkedName(name: string, value: string): string {
  if (!/^delta\./i.test(name)) return name;
  if (/^delta\.constraints\./i.test(name)) {
    throw new DeltaError("INVALID_ARGUMENT", `${name} is set by adding a constraint, not as a property`);
  }
  if (managed.some((other) => other.toLowerCase() === name.toLowerCase())) {
    throw new DeltaError("INVALID_ARGUMENT", `${name} is kept by the engine and cannot be set`);
  }
  const property = known.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (property === undefined) {
    const names = known.map((candidate) => candidate.name).join(", ");
    throw new DeltaError("INVALID_ARGUMENT", `There is no table property ${name}. There are: ${names}`);
  }
  if (property.parse(value) === undefined) throw invalid(property.name, value, property.expects);
  return property.name;
}

function invalid(name: string, value: unknown, expects: string): DeltaError {
  return new DeltaError(
    "INVALID_ARGUMENT",
    `${name} cannot be ${JSON.stringify(value)}: it takes ${expects}`,
  );
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

function flag(name: string, defaultValue: boolean): TableProperty<boolean> {
  return {
    name,
    defaultValue,
    expects: "true or false",
    parse: (text) => truths.get(text.trim().toLowerCase()),
  };
}

function positiveInteger(name: string, defaultValue: number): TableProperty<number> {
  return {
    name,
    defaultValue,
    expects: "a whole number above 0",
    parse: (text) => (/^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : undefined),
  };
}

function choice<Value extends string>(
  name: string,
  values: readonly Value[],
  defaultValue: Value,
): TableProperty<Value> {
  return {
    name,
    defaultValue,
    expects: values.join(" or "),
    parse: (text) => values.find((value) => value.toLowerCase() === text.trim().toLowerCase()),
  };
}

function interval<Default extends number | undefined>(
  name: string,
  defaultValue: Default,
): TableProperty<number | Default> {
  return { name, defaultValue, expects: "a duration such as interval 7 days", parse: intervalMs };
}

const unitMs: ReadonlyMap<string, number> = new Map([
  ["microsecond", 0.001],
  ["millisecond", 1],
  ["second", 1000],
  ["minute", 60_000],
  ["hour", hourMs],
  ["day", dayMs],
  ["week", 7 * dayMs],
]);

/** `interval 7 days` or `interval 1 week 2 days` in milliseconds, as table properties write durations. */
function intervalMs(text: string): number | undefined {
  const body = text.trim().replace(/^interval\s+/i, "");
  if (!/^(\d+\s+[a-z]+\s*)+$/i.test(body)) return undefined;
  let total = 0;
  for (const [, count, unit = ""] of body.matchAll(/(\d+)\s+([a-z]+)/gi)) {
    const ms = unitMs.get(unit.toLowerCase().replace(/s$/, ""));
    if (ms === undefined) return undefined;
    total += Number(count) * ms;
  }
  return total;
}

const sizeUnits: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["kb", 2 ** 10],
  ["mb", 2 ** 20],
  ["gb", 2 ** 30],
]);

/** `104857600` or `100mb` in bytes. */
function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+)\s*(b|kb|mb|gb)?\s*$/i.exec(text);
  const unit = sizeUnits.get((match?.[2] ?? "").toLowerCase());
  return match === null || unit === undefined || Number(match[1]) === 0 ? undefined : Number(match[1]) * unit;
}
