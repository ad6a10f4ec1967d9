/** The query of an ephemeral model, under the name that it is referred to by. */
export interface EphemeralQuery {
  readonly name: string;
  readonly sql: string;
}

/** Puts the queries of ephemeral models in front of a query, into its own `with` where it begins with one. */
export function withEphemeralQueries(sql: string, queries: readonly EphemeralQuery[]): string {
  if (queries.length === 0) return sql;
  const injected = queries.map((query) => ` ${query.name} as (\n${query.sql}\n)`).join(", ");
  const own = /\bwith\b(?:\s+recursive\b)?\s*/iy;
  own.lastIndex = lengthOf(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/, sql);
  if (own.test(sql)) return `${sql.slice(0, own.lastIndex)}${injected}, ${sql.slice(own.lastIndex)}`;
  // As dbt does: behind the blanks at the start, and before a comment.
  const start = lengthOf(/^\s*/, sql);
  return `${sql.slice(0, start)}with${injected} ${sql.slice(start)}`;
}

function lengthOf(pattern: RegExp, text: string): number {
  return pattern.exec(text)?.[0].length ?? 0;
}
