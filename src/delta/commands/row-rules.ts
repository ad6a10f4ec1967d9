import { noRules } from "../engine/engine.ts";
import type { RowRules } from "../engine/engine.ts";
import { fromSparkSql } from "../engine/spark-sql.ts";
import { DeltaError } from "../errors.ts";
import type { Metadata } from "../protocol/actions.ts";
import type { StructType } from "../protocol/schema.ts";

export const constraintPrefix = "delta.constraints.";

/**
 * What a table demands of its rows: CHECK constraints, column invariants, generated columns.
 *
 * Source: PROTOCOL.md, "Column Invariants", "CHECK Constraints", "Generated Columns".
 */
export function rowRulesOf(metadata: Metadata, schema: StructType): RowRules {
  const constraints = Object.entries(metadata.configuration)
    .filter(([name]) => name.toLowerCase().startsWith(constraintPrefix))
    .map(([name, sql]) => ({
      name: `CHECK constraint ${name.slice(constraintPrefix.length)}`,
      sql: fromSparkSql(sql),
    }));
  const invariants = schema.fields.flatMap((member) => {
    const sql = invariantOf(member.metadata["delta.invariants"], member.name);
    return sql === undefined ? [] : [{ name: `The invariant of ${member.name}`, sql: fromSparkSql(sql) }];
  });
  const generated = schema.fields.flatMap((member) => {
    const sql = member.metadata["delta.generationExpression"];
    return typeof sql === "string" ? [{ column: member.name, sql: fromSparkSql(sql) }] : [];
  });
  if (constraints.length + invariants.length + generated.length === 0) return noRules;
  return { generated, checks: [...constraints, ...invariants] };
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
