import { quoteName } from "../../engine/sql-text.ts";
import type { Curve } from "./z-cubes.ts";

/** A column and the values that cut its rows into parts of about the same number, ascending, as SQL literals. */
export interface CutColumn {
  readonly name: string;
  readonly cuts: readonly string[];
}

/** Parts of a column, as a power of two: finer ones would make the expressions long and the files no better. */
export const bitsPerColumn = 8;

/**
 * The SELECT of rows with their place on a space-filling curve as an extra column, so that rows close in all columns
 * come close in the order. Each column counts by the part that its value falls into, not by the value: a skewed column
 * is cut as finely as an even one. Null is in the last part.
 *
 * @param rows a SELECT without the column `keyName`.
 */
export function withCurveKey(
  rows: string,
  columns: readonly CutColumn[],
  curve: Curve,
  keyName: string,
): string {
  return curve === "zorder" ? zOrderSql(rows, columns, keyName) : hilbertSql(rows, columns, keyName);
}

/** The narrowest type that holds the key, as narrow rows are faster to sort: of eight columns at most. */
function keyType(columns: readonly CutColumn[]): "UINTEGER" | "UBIGINT" {
  return columns.length * bitsPerColumn <= 32 ? "UINTEGER" : "UBIGINT";
}

/** The bits of the parts' numbers in turn, the first column's first: each column's come out of its CASE in place. */
function zOrderSql(rows: string, columns: readonly CutColumn[], keyName: string): string {
  const spread = (part: number, position: number): bigint => {
    let key = 0n;
    for (let bit = 0; bit < bitsPerColumn; bit += 1) {
      if ((part & (1 << bit)) !== 0) key |= 1n << BigInt(bit * columns.length + position);
    }
    return key;
  };
  const type = keyType(columns);
  const terms = columns.map((column, index) =>
    partSql(column, (part) => `${spread(part, columns.length - 1 - index)}::${type}`),
  );
  return `SELECT *, ${terms.join(" | ")} AS ${quoteName(keyName)} FROM (${rows})`;
}

/**
 * The Hilbert curve's index, by one step of SELECT for each bit and column.
 *
 * Source: J. Skilling, "Programming the Hilbert curve", AIP Conference Proceedings 707 (2004), `AxestoTranspose`.
 */
function hilbertSql(rows: string, columns: readonly CutColumn[], keyName: string): string {
  const axes = columns.map((_, index) => quoteName(`${keyName}_axis_${index}`));
  const [first = "", last = ""] = [axes[0], axes.at(-1)];
  const parts = columns.map((column, index) => `${partSql(column, String)} AS ${axes[index]}`);
  let sql = `SELECT *, ${parts.join(", ")} FROM (${rows})`;
  const replace = (...changes: readonly string[]): void => {
    sql = `SELECT * REPLACE (${changes.join(", ")}) FROM (${sql})`;
  };
  for (let bit = 1 << (bitsPerColumn - 1); bit > 1; bit >>= 1) {
    const low = bit - 1;
    for (const axis of axes) {
      const swapped = `xor(${first}, ${axis}) & ${low}`;
      const isSet = `${axis} & ${bit} <> 0`;
      if (axis === first)
        replace(`CASE WHEN ${isSet} THEN xor(${first}, ${low}) ELSE ${first} END AS ${first}`);
      else {
        replace(
          `CASE WHEN ${isSet} THEN xor(${first}, ${low}) ELSE xor(${first}, ${swapped}) END AS ${first}`,
          `CASE WHEN ${isSet} THEN ${axis} ELSE xor(${axis}, ${swapped}) END AS ${axis}`,
        );
      }
    }
  }
  for (const [index, axis] of axes.entries()) {
    if (index > 0) replace(`xor(${axis}, ${axes[index - 1]}) AS ${axis}`);
  }
  const flips = Array.from({ length: bitsPerColumn - 1 }, (_, index) => 1 << (index + 1)).map(
    (bit) => `CASE WHEN ${last} & ${bit} <> 0 THEN ${bit - 1} ELSE 0 END`,
  );
  const flip = flips.reduce((left, right) => `xor(${left}, ${right})`);
  replace(...axes.map((axis) => `xor(${axis}, ${flip}) AS ${axis}`));
  const type = keyType(columns);
  const bits: string[] = [];
  for (let bit = 0; bit < bitsPerColumn; bit += 1) {
    for (const [index, axis] of axes.entries()) {
      const position = bit * axes.length + (axes.length - 1 - index);
      bits.push(`((${axis} >> ${bit}) & 1)::${type} * ${2n ** BigInt(position)}::${type}`);
    }
  }
  return `SELECT * EXCLUDE (${axes.join(", ")}), ${bits.map((term) => `(${term})`).join(" | ")} AS ${quoteName(keyName)} FROM (${sql})`;
}

/** The part that a value falls into, found by halving, as what `result` makes of its number. */
function partSql({ name, cuts }: CutColumn, result: (part: number) => string): string {
  const count = cuts.length + 1;
  // With fewer parts than bits could tell apart, those that there are spread over all bits.
  const scaled = (part: number): number => Math.floor((part * 2 ** bitsPerColumn) / count);
  const halve = (from: number, to: number): string => {
    if (from === to) return result(scaled(from));
    const middle = Math.ceil((from + to) / 2);
    return `CASE WHEN ${quoteName(name)} < ${cuts[middle - 1]} THEN ${halve(from, middle - 1)} ELSE ${halve(middle, to)} END`;
  };
  return halve(0, count - 1);
}
