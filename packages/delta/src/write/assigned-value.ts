import { isTooFine, tooFineMessage } from "../engine/exact-times.ts";
import { quoteText, sqlType } from "../engine/sql-text.ts";
import { DeltaError } from "../errors.ts";
import { findField } from "../protocol/schema.ts";
import type { StructField, StructType } from "../protocol/schema.ts";
import { yearRulesOf } from "./type-constraints.ts";

/**
 * Expressions by the column that they set, as the schema spells it.
 *
 * @throws DeltaError `SCHEMA_MISMATCH` for a column that the table lacks, or one set twice.
 */
export function assignments(
  schema: StructType,
  set: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, expression] of Object.entries(set)) {
    const member = findField(schema, name);
    if (member === undefined) {
      const known = schema.fields.map((candidate) => candidate.name).join(", ");
      throw new DeltaError("SCHEMA_MISMATCH", `The table has no column "${name}". Its columns: ${known}`);
    }
    if (values.has(member.name)) throw new DeltaError("SCHEMA_MISMATCH", `"${member.name}" is set twice`);
    values.set(member.name, expression);
  }
  return values;
}

/**
 * The SQL of a value that an expression gives to a column. A time must be one that the column can hold: the engine's cast
 * would cut what is finer than a microsecond, from a text or from its own finer times, and take any year.
 *
 * The list of one value is there so that the expression is computed once: `random()` must not be looked at and then stored
 * as another.
 */
export function assignedValue(expression: string, { name, type }: StructField): string {
  const target = sqlType(type);
  const rules = yearRulesOf(name, `${given}::${target}`, type);
  if (rules.length === 0) return `(${expression}\n)::${target}`;
  const refusals = rules.map(
    (rule) =>
      `WHEN NOT coalesce(${rule.sql}, true) THEN error(${quoteText(`${rule.name}. Nothing was changed`)})`,
  );
  const tooFine = quoteText(`"${name}": ${tooFineMessage}`);
  return (
    `list_transform([(${expression}\n)], lambda ${given}: CASE WHEN ${isTooFine(given)} ` +
    `THEN error(${tooFine} || ${given}::VARCHAR) ${refusals.join(" ")} ELSE ${given}::${target} END)[1]`
  );
}

const given = "__given";
