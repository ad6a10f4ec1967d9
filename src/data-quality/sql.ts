/** A column's name in SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A number, a boolean, a text or null in SQL; texts take the type of what they are compared with. */
export function literalSql(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number")
    return Number.isFinite(value) ? String(value) : `${quoteText(String(value))}::DOUBLE`;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (value instanceof Date) return quoteText(value.toISOString());
  return quoteText(typeof value === "string" ? value : JSON.stringify(value));
}
