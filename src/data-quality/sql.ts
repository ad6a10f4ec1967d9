import { quoteText } from "finance-feedback-delta";

/** A literal in SQL: a number, a boolean, a text or null. A text takes the type of what it is compared with. */
export function literalSql(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number")
    return Number.isFinite(value) ? String(value) : `${quoteText(String(value))}::DOUBLE`;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (value instanceof Date) return quoteText(value.toISOString());
  return quoteText(typeof value === "string" ? value : JSON.stringify(value));
}
