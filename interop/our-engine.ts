import { DeltaTable, DuckDbEngine, formatDate, formatDecimal } from "finance-feedback-delta";
import type {
  Column,
  CreateOptions,
  DataType,
  RecordBatch,
  Row as EngineRow,
  StructField,
  StructType,
} from "finance-feedback-delta";

import { parseSchema } from "../packages/delta/src/protocol/schema.ts";
import { packageVersion } from "../packages/delta/src/version.ts";
import type { DataType as CanonicalType, Field, Table, Value } from "./canonical.ts";
import { canonicalDouble, canonicalInteger } from "./canonical.ts";
import type { Peer, PeerTable, TimeTravelOptions, WriteOptions } from "./peer.ts";

export type OurWriteOptions = Omit<WriteOptions, "mode"> & {
  /** `error` (when not given) fails where there is a table already. */
  readonly mode?: "error" | "append";
};

/**
 * Our own engine behind the same interface as its peers. Conditions are in the dialect of DuckDB. Inside of structs,
 * arrays and maps it gives timestamps to the millisecond.
 */
export class OurEngine implements Peer {
  readonly name = "our engine";
  readonly #engine = new DuckDbEngine({ threads: 2 });

  async versions(): Promise<Readonly<Record<string, string>>> {
    return { "finance-feedback-pipelines": packageVersion, node: process.versions.node };
  }

  async read(path: string, options: TimeTravelOptions = {}): Promise<PeerTable> {
    const { version, timestamp, where } = options;
    const table = await this.open(path);
    const scan = await table.scan({
      version,
      where,
      asOfTimestamp: timestamp === undefined ? undefined : new Date(timestamp),
    });
    return { version: scan.snapshot.version, ...canonicalTable(await scan.toBatch()) };
  }

  /** Returns the version that holds the rows. */
  async write(path: string, table: Table, options: OurWriteOptions = {}): Promise<number> {
    const { mode = "error", partitionBy, configuration, transactions = {} } = options;
    const target =
      mode === "append"
        ? await this.open(path)
        : await this.create(path, table.schema, { partitionBy, properties: configuration });
    const { version } = await target.append(
      { rows: engineRows(table) },
      { transactions: Object.entries(transactions).map(([appId, last]) => ({ appId, version: last })) },
    );
    return version;
  }

  /** A table of no rows. Fields can have `nullable` and `metadata` as the protocol's schema has them. */
  create(
    path: string,
    fields: readonly (Field | StructField)[],
    options: Omit<CreateOptions, "schema"> = {},
  ): Promise<DeltaTable> {
    const schema = parseSchema(JSON.stringify({ type: "struct", fields }));
    return DeltaTable.create(path, { ...options, schema, engine: this.#engine });
  }

  open(path: string): Promise<DeltaTable> {
    return DeltaTable.open(path, { engine: this.#engine });
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

/** A batch in the canonical form. */
export function canonicalTable(batch: RecordBatch): Table {
  const { fields } = batch.schema;
  const columns = fields.map(({ type }, position) =>
    canonicalColumn(batch.columns[position] ?? { values: [] }, type, batch.rowCount),
  );
  const rows = Array.from({ length: batch.rowCount }, (_, index) =>
    Object.fromEntries(fields.map(({ name }, position) => [name, columns[position]?.[index] ?? null])),
  );
  return { schema: canonicalFields(batch.schema), rows };
}

/** A schema in the canonical form. */
export function canonicalFields({ fields }: StructType): Field[] {
  return fields.map(({ name, type }) => ({ name, type: canonicalType(type) }));
}

function canonicalColumn(column: Column, type: DataType, rowCount: number): Value[] {
  return Array.from({ length: rowCount }, (_, index) =>
    column.validity?.[index] === 0 ? null : canonicalValue(column.values[index], type),
  );
}

function canonicalType(type: DataType): CanonicalType {
  if (typeof type === "string") {
    return type;
  }
  switch (type.type) {
    case "array":
      return { type: "array", elementType: canonicalType(type.elementType) };
    case "map":
      return {
        type: "map",
        keyType: canonicalType(type.keyType),
        valueType: canonicalType(type.valueType),
      };
    case "struct":
      return { type: "struct", fields: canonicalFields(type) };
  }
}

/** A value of a column, or of a row, whose forms the engine's `Column` and `RecordBatch.toRows` describe. */
function canonicalValue(value: unknown, type: DataType): Value {
  if (value === null) {
    return null;
  }
  if (typeof type === "object") {
    return canonicalNested(value, type);
  }
  if (typeof value === "bigint") {
    return canonicalBigint(value, type);
  }
  if (typeof value === "number") {
    return type === "date" ? formatDate(value) : canonicalDouble(value);
  }
  if (value instanceof Date) {
    return canonicalBigint(BigInt(value.getTime()) * 1000n, type);
  }
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString("hex");
  }
  if (typeof value === "string" || typeof value === "boolean") {
    return value;
  }
  throw new TypeError(`our engine gave a ${typeof value} for a ${type}`);
}

function canonicalBigint(value: bigint, type: DataType): Value {
  const scale = typeof type === "string" ? /^decimal\(\d+,(\d+)\)$/u.exec(type)?.[1] : undefined;
  if (scale !== undefined) {
    return formatDecimal(value, Number(scale));
  }
  if (type === "timestamp" || type === "timestamp_ntz") {
    const belowMillisecond = ((value % 1000n) + 1000n) % 1000n;
    const milliseconds = new Date(Number((value - belowMillisecond) / 1000n)).toISOString().slice(0, -1);
    return `${milliseconds}${String(belowMillisecond).padStart(3, "0")}${type === "timestamp" ? "Z" : ""}`;
  }
  return canonicalInteger(value);
}

function canonicalNested(value: unknown, type: Exclude<DataType, string>): Value {
  if (type.type === "array" && Array.isArray(value)) {
    return value.map((item: unknown) => canonicalValue(item, type.elementType));
  }
  if (type.type === "map" && value instanceof Map) {
    return [...value].map(([key, item]: [unknown, unknown]) => [
      canonicalValue(key, type.keyType),
      canonicalValue(item, type.valueType),
    ]);
  }
  if (type.type === "struct" && typeof value === "object" && value !== null) {
    const members = new Map<string, unknown>(Object.entries(value));
    return Object.fromEntries(
      type.fields.map((field) => [field.name, canonicalValue(members.get(field.name), field.type)]),
    );
  }
  throw new TypeError(`our engine gave a ${typeof value} for a ${type.type}`);
}

/** Rows as the engine takes them. */
export function engineRows({ schema, rows }: Table): EngineRow[] {
  return rows.map((row) =>
    Object.fromEntries(schema.map(({ name, type }) => [name, engineValue(row[name] ?? null, type)])),
  );
}

/** A canonical value as the engine takes it in rows; most are the same. */
function engineValue(value: Value, type: CanonicalType): unknown {
  if (value === null) {
    return null;
  }
  if (typeof type === "object") {
    return engineNested(value, type);
  }
  switch (type) {
    case "long":
      return typeof value === "string" || typeof value === "number" ? BigInt(value) : value;
    case "float":
    case "double":
      return Number(value);
    case "binary":
      return typeof value === "string" ? Buffer.from(value, "hex") : value;
    default:
      return value;
  }
}

function engineNested(value: Value, type: Exclude<CanonicalType, string>): unknown {
  if (type.type === "struct" && typeof value === "object" && value !== null) {
    const members = new Map<string, Value>(Object.entries(value));
    return Object.fromEntries(
      type.fields.map((field) => [field.name, engineValue(members.get(field.name) ?? null, field.type)]),
    );
  }
  if (type.type === "array") {
    return listOf(value).map((item) => engineValue(item, type.elementType));
  }
  if (type.type === "map") {
    return new Map(
      listOf(value).map((entry) => {
        const [key = null, item = null] = listOf(entry);
        return [engineValue(key, type.keyType), engineValue(item, type.valueType)];
      }),
    );
  }
  throw new TypeError(`${JSON.stringify(value)} is not a ${type.type}`);
}

function listOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) {
    return value;
  }
  throw new TypeError(`${JSON.stringify(value)} is not a list`);
}
