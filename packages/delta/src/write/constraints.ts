import { noRules } from "../engine/engine.ts";
import type { RowCheck, RowRules } from "../engine/engine.ts";
import { fromSparkSql } from "../engine/spark-sql.ts";
import { DeltaError } from "../errors.ts";
import type { Metadata } from "../protocol/actions.ts";
import type { StructField, StructType } from "../protocol/schema.ts";
import { typeRules } from "./type-constraints.ts";

export const constraintPrefix = "delta.constraints.";

/**
 * What a table demands of its rows: CHECK constraints, column invariants, generated columns, what its types do.
 *
 * Source: PROTOCOL.md, "Column Invariants", "CHECK Constraints", "Generated Columns".
 */
export function rowRulesOf(metadata: Metadata, schema: StructType): RowRules {
  const rules = rulesOf(metadata, schema.fields);
  const ofTypes = typeRules(schema);
  if (rules.length + ofTypes.length === 0) return noRules;
  const columns = schema.fields.map((member) => member.name);
  return {
    generated: rules.flatMap(({ column, sql }) =>
      column === undefined ? [] : [{ column, sql: fromSparkSql(sql, columns) }],
    ),
    // Types first: an expression over a value that its type forbids would only say less.
    checks: [
      ...ofTypes,
      ...rules.flatMap(({ column, name, sql }): RowCheck[] =>
        column === undefined ? [{ kind: "rule", name, sql: fromSparkSql(sql, columns) }] : [],
      ),
    ],
  };
}

/** An expression of Spark's SQL that rows have to satisfy or, where it has a column, that gives the column's value. */
export interface TableRule {
  readonly name: string;
  readonly sql: string;
  readonly column?: string | undefined;
}

/** The rules of a table and of some of its columns. */
function rulesOf(metadata: Metadata, fields: readonly StructField[]): readonly TableRule[] {
  const constraints = Object.entries(metadata.configuration)
    .filter(([name]) => name.toLowerCase().startsWith(constraintPrefix))
    .map(([name, sql]) => ({ name: `CHECK constraint ${name.slice(constraintPrefix.length)}`, sql }));
  const invariants = invariantsOf(fields);
  const generated = fields.flatMap((member) => {
    const sql = member.metadata["delta.generationExpression"];
    const name = `The generated column ${member.name}`;
    return typeof sql === "string" ? [{ name, sql, column: member.name }] : [];
  });
  return [...constraints, ...invariants, ...generated];
}

/** Those of the members of structs as well, which name themselves from the column on. */
function invariantsOf(fields: readonly StructField[], parent = ""): readonly TableRule[] {
  return fields.flatMap((member) => {
    const path = `${parent}${member.name}`;
    const sql = invariantOf(member.metadata["delta.invariants"], path);
    const own = sql === undefined ? [] : [{ name: `The invariant of ${path}`, sql }];
    const isStruct = typeof member.type === "object" && member.type.type === "struct";
    return isStruct ? [...own, ...invariantsOf(member.type.fields, `${path}.`)] : own;
  });
}

/** A rule of a table, or of some of its columns, that names a column. */
export function ruleNaming(
  metadata: Metadata,
  fields: readonly StructField[],
  column: string,
): TableRule | undefined {
  return rulesOf(metadata, fields).find(({ sql }) => namesIn(sql).has(column.toLowerCase()));
}

/** The names in an expression of Spark's SQL, in small letters; what is between quotes of either kind is a text. */
function namesIn(sql: string): ReadonlySet<string> {
  const tokens =
    sql.match(/'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)+`|[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];
  const names = tokens.filter((token) => !/^['"]/.test(token));
  return new Set(names.map((name) => name.replaceAll(/^`|`$/g, "").replaceAll("``", "`").toLowerCase()));
}

/** `{"expression":{"expression":"a > 3"}}` */
function invariantOf(text: unknown, column: string): string | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const json: unknown = JSON.parse(text);
    const outer = isRecord(json) ? json["expression"] : undefined;
    const inner = isRecord(outer) ? outer["expression"] : undefined;
    if (typeof inner === "string") return inner;
  } catch {
    // The error below says what is wrong.
  }
  throw new DeltaError("CORRUPT_LOG", `The invariant of the column "${column}" cannot be read: ${text}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
