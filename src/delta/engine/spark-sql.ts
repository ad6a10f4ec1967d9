/**
 * An expression of Spark's SQL, as tables carry them in constraints and generated columns, in the engine's: Spark
 * quotes names by backticks and takes double quotes for texts.
 *
 * What only Spark knows (functions of other names) is left as it is: the engine refuses it by name.
 */
export function fromSparkSql(expression: string): string {
  return expression.replaceAll(
    /'(?:[^'\\]|\\.|'')*'|"((?:[^"\\]|\\.|"")*)"|`((?:[^`]|``)*)`|<=>|==/g,
    (token: string, text: string | undefined, name: string | undefined) => {
      if (text !== undefined) return `'${text.replaceAll('""', '"').replaceAll("'", "''")}'`;
      if (name !== undefined) return `"${name.replaceAll("``", "`").replaceAll('"', '""')}"`;
      if (token === "<=>") return " IS NOT DISTINCT FROM ";
      return token === "==" ? "=" : token;
    },
  );
}
