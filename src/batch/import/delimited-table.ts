import type { Part } from "./container.ts";
import { cellsOf, delimitedRecords } from "./delimited-lines.ts";
import type { RawTable } from "./raw-table.ts";
import { stackedHeader, unstacked } from "./stacked-columns.ts";
import type { StackedHeader } from "./stacked-columns.ts";
import { decodedChunks, decodeText, encodingOf } from "./text-encoding.ts";
import type { TextEncodingName } from "./text-encoding.ts";

const delimiters = [",", ";", "\t", "|"] as const;
type Delimiter = (typeof delimiters)[number];
/** Lines that may stand above the header, such as whose file it is. */
const preambleLinesMax = 20;

/** Whether the cells of a line are the names of the columns of candles. */
export type HeaderTest = (cells: readonly string[]) => boolean;

/**
 * A text of lines and cells: CSV and its kin. Its header is the first line that names the columns of candles; where no
 * line does before the first row of numbers, it has none.
 */
export function delimitedTable(part: Part, isHeader: HeaderTest): RawTable | undefined {
  const encoding = encodingOf(part.head);
  const text = decodeText(part.head, encoding);
  const lines = text.split(/\r\n|\n|\r/);
  const hasQuotes = text.includes('"');
  const [said] = lines.flatMap((line) => /^sep=(.)$/i.exec(line.trim())?.[1] ?? []);
  const possible = delimiters.filter((delimiter) => said === undefined || delimiter === said);
  const stacked = stackedStart(lines, possible);
  const found = stacked ?? headerLine(lines, possible, isHeader);
  const start: Header | Headless | undefined = found ?? firstRow(lines, possible);
  if (start === undefined) return undefined;
  const { delimiter, linesBefore, names } = start;
  const table: RawTable = {
    kind: `${encoding === "utf-8" ? "" : `${encodingNames[encoding]}, `}CSV separated by ${delimiterNames[delimiter]}`,
    names,
    delimiter,
    records: () => delimitedRecords(decodedChunks(part.open(), encoding), delimiter, linesBefore, hasQuotes),
  };
  return stacked === undefined ? table : unstacked(table, stacked.stacked);
}

const encodingNames: Readonly<Record<TextEncodingName, string>> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16",
  "utf-16be": "UTF-16",
  "windows-1252": "Windows-1252",
};

const delimiterNames: Readonly<Record<Delimiter, string>> = {
  ",": "commas",
  ";": "semicolons",
  "\t": "tabs",
  "|": "bars",
};

interface Start {
  readonly delimiter: Delimiter;
  readonly linesBefore: number;
}

interface Headless extends Start {
  readonly names: readonly string[] | undefined;
}

interface Header extends Start {
  readonly names: readonly string[];
}

/** The lines of names of a frame of symbols, as yfinance writes it. */
function stackedStart(
  lines: readonly string[],
  possible: readonly Delimiter[],
): (Header & { readonly stacked: StackedHeader["names"] }) | undefined {
  for (const delimiter of possible) {
    const header = stackedHeader(lines.slice(0, 3).map((line) => cellsOf(line, delimiter)));
    if (header === undefined) continue;
    const names = header.names.map(({ name }) => name);
    return { delimiter, linesBefore: header.lines, names, stacked: header.names };
  }
  return undefined;
}

function headerLine(
  lines: readonly string[],
  possible: readonly Delimiter[],
  isHeader: HeaderTest,
): Header | undefined {
  for (const [index, line] of lines.slice(0, preambleLinesMax).entries()) {
    for (const delimiter of possible) {
      const names = cellsOf(line, delimiter);
      if (names.length > 1 && isHeader(names)) return { delimiter, linesBefore: index + 1, names };
    }
    if (possible.some((delimiter) => isCandle(cellsOf(line, delimiter)))) return undefined;
  }
  return undefined;
}

/**
 * The first row of numbers, separated by what gives it the most cells. A line above it with as many cells are names that
 * nobody knows: the file has a header all the same.
 */
function firstRow(lines: readonly string[], possible: readonly Delimiter[]): Headless | undefined {
  for (const [index, line] of lines.slice(0, preambleLinesMax).entries()) {
    const rows = possible
      .map((delimiter) => ({ delimiter, cells: cellsOf(line, delimiter) }))
      .filter(({ cells }) => isCandle(cells))
      .toSorted((one, other) => other.cells.length - one.cells.length);
    const [row] = rows;
    if (row === undefined) continue;
    const { delimiter, cells } = row;
    const above = cellsOf(lines[index - 1] ?? "", delimiter);
    const areNames = above.length === cells.length && above.every((cell) => !/^[\d.,:-]+$/.test(cell));
    return { delimiter, linesBefore: index, names: areNames ? above : undefined };
  }
  return undefined;
}

/** Whether some cells have a row of numbers. */
function isCandle(cells: readonly string[]): boolean {
  return cells.filter((cell) => /^[-+]?[\d.,' ]*\d(?:e[-+]?\d+)?$/i.test(cell)).length >= 4;
}
