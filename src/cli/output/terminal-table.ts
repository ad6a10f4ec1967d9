/** Text of a cell beyond this many characters is cut with an ellipsis. */
const cellWidthMax = 60;

/** Rows as an aligned table with a rule under the header; numbers are right-aligned. */
export function renderTable(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const byName = rows.map((row) => new Map(Object.entries(row)));
  const cells = byName.map((row) => columns.map((column) => cellText(row.get(column))));
  const isNumeric = columns.map(
    (column) => rows.length > 0 && byName.every((row) => isNumber(row.get(column))),
  );
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (values: readonly string[]): string =>
    values
      .map((value, index) =>
        isNumeric[index] === true ? value.padStart(widths[index] ?? 0) : value.padEnd(widths[index] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return `${[line(columns), rule, ...cells.map(line)].join("\n")}\n`;
}

function cellText(value: unknown): string {
  const text = plainText(value);
  // Control characters of a table's text must not reach the terminal.
  const plain = text.replaceAll(/\p{Cc}/gu, " ");
  return plain.length > cellWidthMax ? `${plain.slice(0, cellWidthMax - 1)}…` : plain;
}

function plainText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

/** Empty cells do not decide a column's alignment; decimals come as text. */
function isNumber(value: unknown): boolean {
  return (
    value === null ||
    typeof value === "number" ||
    (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value))
  );
}
