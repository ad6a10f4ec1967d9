import { normalName, usualNames } from "./column-names.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";

/** The name of a column of two levels, as pandas has them in a frame of several symbols. */
interface StackedName {
  readonly name: string;
  /** Empty of a column that all symbols share, such as the time. */
  readonly symbol: string;
}

const prices = ["open", "high", "low", "close"] as const;

/** The text that pandas writes for a name of several levels: `('Close', 'AAPL')`. */
export function tupleName(levels: readonly unknown[]): string {
  return `(${levels.map((level) => `'${String(level)}'`).join(", ")})`;
}

/** The levels of a name that is written so; `undefined` for any other name. */
export function levelsOf(name: string): readonly [string, string] | undefined {
  const [, , first, , second] = /^\(\s*(['"])(.*?)\1\s*,\s*(['"])(.*?)\3\s*\)$/.exec(name.trim()) ?? [];
  return first === undefined || second === undefined ? undefined : [first, second];
}

/** A table whose columns are called so, with a row for each symbol; any other table as it is. */
export function unstackedByNames(table: RawTable): RawTable {
  const levels = table.names?.map((name) => levelsOf(name) ?? ([name, ""] as const)) ?? [];
  const stacked = stackedNames(
    levels.map(([first]) => first),
    levels.map(([, second]) => second),
  );
  return stacked === undefined ? table : unstacked(table, stacked);
}

/** Two lines of names and perhaps a third one, which names the columns of the index. */
export interface StackedHeader {
  readonly names: readonly StackedName[];
  readonly lines: number;
}

/** The header of a text of two levels: prices above their symbols, or symbols above their prices. */
export function stackedHeader([first = [], second = [], third = []]: readonly (readonly string[])[]):
  StackedHeader | undefined {
  const isIndex =
    third.length === first.length &&
    (third[0] ?? "") !== "" &&
    third.slice(1).some((cell) => cell === "") &&
    third.every((cell) => !/^[-+]?\d/.test(cell));
  // The first column holds the names of the levels, or that of the index.
  const ownName = isIndex ? (third[0] ?? "") : isTimeName(first[0]) ? (first[0] ?? "") : "";
  const names = stackedNames(["", ...first.slice(1)], ["", ...second.slice(1)]);
  return names === undefined
    ? undefined
    : { names: [{ name: ownName, symbol: "" }, ...names.slice(1)], lines: isIndex ? 3 : 2 };
}

function isTimeName(name = ""): boolean {
  return usualNames.time.includes(normalName(name));
}

/** Which level names the price of each column, and which the symbol; `undefined` where none does. */
function stackedNames(
  first: readonly string[],
  second: readonly string[],
): readonly StackedName[] | undefined {
  const [names, symbols] = arePrices(first) ? [first, second] : [second, first];
  if (first.length !== second.length || first.length < 5 || !arePrices(names)) return undefined;
  const stacked = names.map((name, place) => {
    const symbol = symbols[place]?.trim() ?? "";
    return name.trim() === "" ? { name: symbol, symbol: "" } : { name: name.trim(), symbol };
  });
  const bySymbol = Map.groupBy(stacked, ({ symbol }) => symbol);
  bySymbol.delete("");
  const areSymbols = [...bySymbol].every(
    ([symbol, own]) => arePrices(own.map(({ name }) => name)) && !/^[-+]?[\d.,: -]+$/.test(symbol),
  );
  return bySymbol.size > 0 && areSymbols && !arePrices(symbols) ? stacked : undefined;
}

function arePrices(names: readonly string[]): boolean {
  const known = new Set(names.map(normalName));
  return prices.every((role) => known.has(role));
}

/** A row for each symbol of each row. A symbol without any value there has none: frames are filled up to one length. */
export function unstacked(table: RawTable, stacked: readonly StackedName[]): RawTable {
  const symbols = [...new Set(stacked.flatMap(({ symbol }) => (symbol === "" ? [] : [symbol])))];
  const [only] = symbols;
  if (symbols.length < 2)
    return { ...table, names: stacked.map(({ name }) => name), symbol: table.symbol ?? only };
  const shared = [...stacked.keys()].filter((place) => stacked[place]?.symbol === "");
  const values = [...new Set(stacked.flatMap(({ name, symbol }) => (symbol === "" ? [] : [name])))];
  const places = symbols.map((symbol) => ({
    symbol,
    own: values.map((value) => stacked.findIndex((one) => one.symbol === symbol && one.name === value)),
  }));
  const rowsOf = (record: RawRecord): readonly RawRecord[] => {
    if (record.length !== stacked.length) return [record];
    return places.flatMap(({ symbol, own }) => {
      const cells = own.map((place) => record[place]);
      const isEmpty = cells.every((cell) => (cell ?? "").trim() === "");
      return isEmpty ? [] : [[...shared.map((place) => record[place]), ...cells, symbol]];
    });
  };
  return {
    ...table,
    names: [...shared.map((place) => stacked[place]?.name ?? ""), ...values, "symbol"],
    async *records() {
      for await (const batch of table.records()) yield batch.flatMap(rowsOf);
    },
  };
}
