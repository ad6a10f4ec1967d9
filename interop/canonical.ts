import { AssertionError } from "node:assert/strict";

/** A value in the form in which peers compare equal exactly; interop/README.md lists it type by type. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };

export type Row = { readonly [column: string]: Value };

/** A type as Delta's schema JSON has it, without nullability and metadata, which not every peer knows. */
export type DataType =
  | string
  | { readonly type: "array"; readonly elementType: DataType }
  | { readonly type: "map"; readonly keyType: DataType; readonly valueType: DataType }
  | { readonly type: "struct"; readonly fields: readonly Field[] };

export type Field = { readonly name: string; readonly type: DataType };

export type Table = { readonly schema: readonly Field[]; readonly rows: readonly Row[] };

/**
 * Throws unless both tables have the same columns in the same order and the same rows in any order.
 * The message shows the first rows that differ, and in which columns.
 */
export function assertSameTable(actual: Table, expected: Table, context: string): void {
  assertSameSchema(actual.schema, expected.schema, context);
  assertSameRows(actual.rows, expected.rows, context);
}

/** Throws unless both have the same columns, by name and type, in the same order. */
function assertSameSchema(actual: readonly Field[], expected: readonly Field[], context: string): void {
  const [actualText, expectedText] = [actual.map(fieldText).join("\n"), expected.map(fieldText).join("\n")];
  if (actualText !== expectedText) {
    fail(`${context}: the columns differ`, actualText, expectedText);
  }
}

/** Throws unless both have the same rows, each as many times, in any order. */
export function assertSameRows(actual: readonly Row[], expected: readonly Row[], context: string): void {
  const onlyActual = rowsMissingFrom(expected, actual);
  const onlyExpected = rowsMissingFrom(actual, expected);
  if (onlyActual.length > 0 || onlyExpected.length > 0) {
    const counts = `${actual.length} rows, ${onlyActual.length} of them not expected; ${onlyExpected.length} missing`;
    const message = [`${context}: ${counts}`, ...describeDifferences(onlyActual, onlyExpected)].join("\n");
    fail(message, sample(onlyActual), sample(onlyExpected));
  }
}

/** The canonical form of a float or a double. */
export function canonicalDouble(value: number): number | string {
  if (Object.is(value, -0)) {
    return "-0";
  }
  return Number.isFinite(value) ? value : String(value);
}

/** The canonical form of an integer of up to 64 bits: a number while a double holds it exactly. */
export function canonicalInteger(value: bigint): number | string {
  return value >= -LARGEST_EXACT_DOUBLE && value <= LARGEST_EXACT_DOUBLE ? Number(value) : String(value);
}

/** JSON with the names in order, so that equal values have equal text. */
function canonicalText(value: Value): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

const LARGEST_EXACT_DOUBLE = 2n ** 53n;
const ROWS_SHOWN = 5;

function rowsMissingFrom(haystack: readonly Row[], needles: readonly Row[]): Row[] {
  const available = new Map<string, number>();
  for (const row of haystack) {
    const text = canonicalText(row);
    available.set(text, (available.get(text) ?? 0) + 1);
  }
  return needles
    .map((row) => ({ row, text: canonicalText(row) }))
    .filter(({ text }) => {
      const count = available.get(text) ?? 0;
      available.set(text, count - 1);
      return count <= 0;
    })
    .toSorted((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ row }) => row);
}

function describeDifferences(onlyActual: readonly Row[], onlyExpected: readonly Row[]): string[] {
  const lines = Array.from({
    length: Math.min(ROWS_SHOWN, Math.max(onlyActual.length, onlyExpected.length)),
  });
  return lines.flatMap((_line, index) => {
    const [actual, expected] = [onlyActual[index], onlyExpected[index]];
    return [
      ...(actual === undefined ? [] : [`  actual    ${canonicalText(actual)}`]),
      ...(expected === undefined ? [] : [`  expected  ${canonicalText(expected)}`]),
      ...(actual === undefined || expected === undefined
        ? []
        : [`  differ in ${differingColumns(actual, expected)}`]),
    ];
  });
}

function differingColumns(actual: Row, expected: Row): string {
  const columns = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  return [...columns].filter((name) => cellText(actual, name) !== cellText(expected, name)).join(", ");
}

function cellText(row: Row, column: string): string {
  const value = row[column];
  return value === undefined ? "absent" : canonicalText(value);
}

function fieldText(field: Field): string {
  return `${field.name}: ${typeof field.type === "string" ? field.type : JSON.stringify(field.type)}`;
}

function sample(rows: readonly Row[]): readonly Row[] {
  return rows.slice(0, ROWS_SHOWN);
}

function fail(message: string, actual: unknown, expected: unknown): never {
  throw new AssertionError({ message, actual, expected, operator: "deepStrictEqual", stackStartFn: fail });
}
