import { quoteName, quoteText } from "../../engine/sql-text.ts";
import type { Curve } from "./z-cubes.ts";

/** A column and the values that cut its rows into parts of about the same number, ascending, as texts. */
export interface CutColumn {
  readonly name: string;
  readonly sqlType: string;
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
  const parted = columns.map((column, index) => ({
    ...column,
    cutsName: quoteName(`${keyName}_cuts_${index}`),
    partName: quoteName(`${keyName}_part_${index}`),
  }));
  const sql = withParts(rows, parted);
  return curve === "zorder" ? zOrderSql(sql, parted, keyName) : hilbertSql(sql, parted, keyName);
}

/** The narrowest type that holds the key, as narrow rows are faster to sort: of eight columns at most. */
function keyType(columns: readonly CutColumn[]): "UINTEGER" | "UBIGINT" {
  return columns.length * bitsPerColumn <= 32 ? "UINTEGER" : "UBIGINT";
}

/** The bits of the parts' numbers in turn, the first column's first: each column's come out of a list in place. */
function zOrderSql(rows: string, columns: readonly PartedColumn[], keyName: string): string {
  const spread = (part: number, position: number): bigint => {
    let key = 0n;
    for (let bit = 0; bit < bitsPerColumn; bit += 1) {
      if ((part & (1 << bit)) !== 0) key |= 1n << BigInt(bit * columns.length + position);
    }
    return key;
  };
  const type = keyType(columns);
  const terms = columns.map((column, index) =>
    ofPart(column, type, (part) => spread(part, columns.length - 1 - index)),
  );
  return `SELECT * EXCLUDE (${helpersOf(columns)}), ${terms.join(" | ")} AS ${quoteName(keyName)} FROM (${rows})`;
}

/**
 * The Hilbert curve's index, by one step of SELECT for each bit and column.
 *
 * Source: J. Skilling, "Programming the Hilbert curve", AIP Conference Proceedings 707 (2004), `AxestoTranspose`.
 */
function hilbertSql(rows: string, columns: readonly PartedColumn[], keyName: string): string {
  const axes = columns.map((_, index) => quoteName(`${keyName}_axis_${index}`));
  const [first = "", last = ""] = [axes[0], axes.at(-1)];
  const parts = columns.map((column, index) => `${ofPart(column, "INTEGER", BigInt)} AS ${axes[index]}`);
  let sql = `SELECT * EXCLUDE (${helpersOf(columns)}), ${parts.join(", ")} FROM (${rows})`;
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

/** A column whose part is looked for, and the columns that hold its cuts, as a list, and its part, counted from 0. */
interface PartedColumn extends CutColumn {
  readonly cutsName: string;
  readonly partName: string;
}

/**
 * The SELECT of rows with the part of each column, which is how many of its cuts are not above its value. It is found by
 * halving: a step adds a power of two when the value is not below the cut there. Lists take a quarter of the time that a
 * CASE for each cut takes, of which planning is the most.
 */
function withParts(rows: string, columns: readonly PartedColumn[]): string {
  const helpers = columns.map(
    ({ sqlType, cuts, cutsName, partName }) =>
      `[${cuts.map(quoteText).join(", ")}]::${sqlType}[] AS ${cutsName}, 0 AS ${partName}`,
  );
  let sql = `SELECT *, ${helpers.join(", ")} FROM (${rows})`;
  for (let step = 2 ** (bitsPerColumn - 1); step >= 1; step /= 2) {
    const steps = columns
      .filter(({ cuts }) => step <= cuts.length)
      .map(({ name, cuts, cutsName, partName }) => {
        const next = `${partName} + ${step}`;
        // A comparison with null is null: it goes on to the last part.
        return `CASE WHEN ${next} > ${cuts.length} OR ${quoteName(name)} < ${cutsName}[${next}] THEN ${partName} ELSE ${next} END AS ${partName}`;
      });
    if (steps.length > 0) sql = `SELECT * REPLACE (${steps.join(", ")}) FROM (${sql})`;
  }
  return sql;
}

function helpersOf(columns: readonly PartedColumn[]): string {
  return columns.flatMap(({ cutsName, partName }) => [cutsName, partName]).join(", ");
}

/** What a function makes of the number of a column's part, as SQL. */
function ofPart({ cuts, partName }: PartedColumn, type: string, result: (part: number) => bigint): string {
  const count = cuts.length + 1;
  // With fewer parts than bits could tell apart, those that there are spread over all bits.
  const results = Array.from({ length: count }, (_, part) =>
    result(Math.floor((part * 2 ** bitsPerColumn) / count)),
  );
  return `([${results.join(", ")}]::${type}[])[${partName} + 1]`;
}
