import { describeType } from "finance-feedback-delta";
import type { RecordBatch, StructType } from "finance-feedback-delta";
import { ownMember } from "finance-feedback-delta/contract";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { catalogName } from "../../storage/table-names.ts";
import { layers } from "../../tables/table-definition.ts";
import { Column } from "../context/column.ts";
import { Moment } from "../context/modules/datetime.ts";
import { toPlain } from "../context/plain-conversion.ts";
import type { TemplateEngine } from "../context/query-request.ts";
import { QueryTable } from "../context/query-table.ts";
import { Relation } from "../context/relation.ts";
import { holdIndicators } from "../indicators/indicator-relation.ts";
import type { PyObject, Value } from "../jinja/values.ts";
import { columnsOfQuery } from "../materializations/bound-query.ts";
import { holdNewRows } from "../relations/new-rows.ts";
import type { NodeReads } from "../relations/node-reads.ts";
import { sqlTypeName } from "../relations/sql-type-name.ts";
import { relationPlace, relationSqlName } from "../relations/relation-place.ts";
import type { RelationPlace } from "../relations/relation-place.ts";
import { TransformError } from "../transform-error.ts";
import { indicatorOptionsOf } from "./indicator-vars.ts";

/** Answers what the templates of one node ask of the lake, out of the versions that the node reads. */
export class LakeTemplateEngine implements TemplateEngine {
  readonly #lake: DeltaLakeManager;
  readonly #reads: NodeReads;
  /** The node's own table. */
  readonly #own: RelationPlace;

  constructor(lake: DeltaLakeManager, reads: NodeReads, own: RelationPlace) {
    this.#lake = lake;
    this.#reads = reads;
    this.#own = own;
  }

  async query(sql: string): Promise<PyObject> {
    const answer = await this.#lake.engine.query(sql, this.#reads.resolve);
    const batch = await answer.toBatch();
    const columns = answer.schema.fields.map(({ name, type }) => ({ name, type: sqlTypeName(type) }));
    return new QueryTable(columns, templateRows(answer.schema, batch));
  }

  async relationType(relation: Relation): Promise<"table" | "view" | undefined> {
    const place = placeOf(relation);
    if (place === undefined) return undefined;
    if ((await this.#lake.catalog.view(place)) !== undefined) return "view";
    return (await this.#reads.snapshotOf(place)) === undefined ? undefined : "table";
  }

  async columns(relation: Relation): Promise<readonly Column[]> {
    if ((await this.relationType(relation)) === undefined) return [];
    const place = placeOf(relation);
    if (place === undefined) return [];
    const sql = `SELECT * FROM ${relationSqlName(place)}`;
    const { fields } = await columnsOfQuery({ lake: this.#lake, sql, reads: this.#reads });
    return fields.map(({ name, type }) => new Column(name, sqlTypeName(type)));
  }

  async schemaExists(database: string, schema: string): Promise<boolean> {
    if (database.toLowerCase() !== catalogName) return false;
    const known = [...layers, ...(await this.#lake.catalog.schemas())];
    return known.includes(schema.toLowerCase());
  }

  async method(name: string, args: readonly Value[]): Promise<Value> {
    const [first, second] = args;
    switch (name) {
      case "ffe_indicators":
        return holdIndicators({
          lake: this.#lake,
          reads: this.#reads,
          bars: textOf(name, first),
          options: indicatorOptionsOf(toPlain(second ?? null)),
        });
      case "ffe_new_rows": {
        const source = first instanceof Relation ? placeOf(first) : undefined;
        if (source === undefined) throw wrongArgument(name, "a relation");
        return holdNewRows({ lake: this.#lake, reads: this.#reads, source, target: this.#own });
      }
      default:
        throw new TransformError("NOT_SUPPORTED", `adapter.${name} is not a method of this engine`);
    }
  }
}

/** The place of a relation of the lake; `undefined` for any other, such as the query of an ephemeral model. */
function placeOf({ path }: Relation): RelationPlace | undefined {
  const { database, schema, identifier } = path;
  if (schema === null || identifier === null) return undefined;
  if (database !== null && database.toLowerCase() !== catalogName) return undefined;
  return relationPlace(schema, identifier);
}

function textOf(method: string, value: Value | undefined): string {
  if (typeof value === "string") return value;
  throw wrongArgument(method, "a text");
}

function wrongArgument(method: string, expected: string): TransformError {
  return new TransformError("INVALID_CONFIG", `adapter.${method} takes ${expected} first`);
}

function templateRows(schema: StructType, batch: RecordBatch): readonly (readonly Value[])[] {
  const rows = batch.toRows();
  const micros = schema.fields.map(({ name, type }) =>
    type === "timestamp" || type === "timestamp_ntz" ? batch.column(name)?.values : undefined,
  );
  return rows.map((row, index) =>
    schema.fields.map(({ name, type }, position) => {
      const value = ownMember(row, name);
      const exact: unknown = micros[position]?.[index];
      return typeof exact === "bigint" && value !== null
        ? new Moment("datetime", exact, type === "timestamp")
        : templateValue(value, describeType(type));
    }),
  );
}

/** Whole numbers are ints, and decimals floats unless they are whole, as dbt gives them. */
function templateValue(value: unknown, type: string): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "bigint") return value;
  if (typeof value === "number")
    return Number.isInteger(value) && !floating.has(type) ? BigInt(value) : value;
  if (typeof value !== "string") return JSON.stringify(value);
  if (type === "date") return new Moment("date", BigInt(Date.parse(`${value}T00:00:00Z`)) * 1000n);
  if (!type.startsWith("decimal")) return value;
  return /^-?\d+(\.0*)?$/.test(value) ? BigInt(value.replace(/\..*$/, "")) : Number(value);
}

const floating: ReadonlySet<string> = new Set(["double", "float"]);
