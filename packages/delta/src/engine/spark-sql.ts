import { quoteName, quoteText } from "./sql-text.ts";

/**
 * An expression of Spark's SQL, as tables carry them in constraints and generated columns, in the engine's: Spark
 * quotes names by backticks, takes double quotes for texts, escapes in texts by a backslash, and lets columns have names
 * that the engine reserves.
 *
 * What only Spark knows (functions of other names) is left as it is: the engine refuses it by name.
 *
 * @param columns the names that the expression may mean.
 */
export function fromSparkSql(expression: string, columns: readonly string[]): string {
  const names = new Map(columns.map((name) => [name.toLowerCase(), name]));
  return expression.replaceAll(
    /'((?:[^'\\]|\\.|'')*)'|"((?:[^"\\]|\\.|"")*)"|`((?:[^`]|``)*)`|<=>|==|(?<![\w.])[a-z]+(?![\w(])/gis,
    (token: string, single: string | undefined, double: string | undefined, name: string | undefined) => {
      if (single !== undefined) return literal(single.replaceAll("''", "'"));
      if (double !== undefined) return literal(double.replaceAll('""', '"'));
      if (name !== undefined) return quoteName(name.replaceAll("``", "`"));
      if (token === "<=>") return " IS NOT DISTINCT FROM ";
      if (token === "==") return "=";
      const column = reserved.has(token.toLowerCase()) ? names.get(token.toLowerCase()) : undefined;
      return column === undefined ? token : quoteName(column);
    },
  );
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["0", "\0"],
  ["Z", "\u001A"],
]);

/** Source: Spark's "Literals", "String Literal": other characters behind a backslash stand for themselves. */
function literal(text: string): string {
  const value = text.replaceAll(
    /\\(.)/gs,
    (_escape, character: string) => escapes.get(character) ?? character,
  );
  return quoteText(value);
}

/**
 * Words that the engine reserves and that have no part of their own in an expression of Spark's, so that there they can
 * only be names. The engine's `duckdb_keywords()` lists them, except for `at`.
 */
const reserved: ReadonlySet<string> = new Set([
  "analyse",
  "analyze",
  "asc",
  "asymmetric",
  "at",
  "check",
  "collate",
  "column",
  "constraint",
  "create",
  "default",
  "deferrable",
  "desc",
  "describe",
  "do",
  "except",
  "fetch",
  "foreign",
  "grant",
  "group",
  "having",
  "initially",
  "intersect",
  "into",
  "lambda",
  "lateral",
  "limit",
  "offset",
  "only",
  "order",
  "pivot",
  "primary",
  "qualify",
  "references",
  "returning",
  "select",
  "show",
  "some",
  "summarize",
  "symmetric",
  "table",
  "to",
  "union",
  "unique",
  "unpivot",
  "using",
  "variadic",
  "where",
  "window",
  "with",
]);
