import { none, priceRoles } from "./candle-shape.ts";
import type { CandleShape, ShapeChoice, ColumnChoice } from "./candle-shape.ts";
import { columnRoles } from "./column-names.ts";
import type { ColumnRole } from "./column-names.ts";
import { fittingLayouts, layoutOf, looksLikePrice } from "./positional-layouts.ts";
import type { PositionalLayout } from "./positional-layouts.ts";
import { quotesOf } from "./quote-bars.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";
import { refused } from "./refused.ts";
import { numberReader } from "./sample-numbers.ts";
import { isSomeTime } from "./time-columns.ts";

export function shapeByPosition(
  file: string,
  table: RawTable,
  sample: readonly RawRecord[],
  { columns = {}, layout, mayLackVolume, mayBeScaled }: ShapeChoice,
): CandleShape {
  const width = sample[0]?.length ?? 0;
  const said = Object.entries(columns);
  if (said.length > 0) {
    if (said.some(([, place]) => typeof place === "string" && place !== none))
      throw refused(file, "it has no line with names of columns; give places, as in --columns 0=time,1=open");
    const indexes = asIndexes(columns);
    for (const role of ["time", ...priceRoles] as const)
      if (indexes[role] === undefined)
        throw refused(file, `which column is the ${role}? Give its place, as in --columns 0=time,1=open`);
    const lacksVolume = indexes.volume === undefined && columns.volume !== none && !mayLackVolume;
    if (lacksVolume)
      throw refused(file, `which column is the volume? Give its place, or say --columns volume=${none}`);
    return { indexes, width, layout: undefined };
  }
  const numberOf = numberReader(table, sample);
  if (areQuotes(sample, numberOf)) throw refused(file, quotesOf("a market"));
  if (layout !== undefined) {
    const known = layoutOf(layout, width);
    if (known === undefined)
      throw refused(
        file,
        `its records have ${width} columns, which the layout ${layout} does not know; give places, as in --columns 0=time,1=open`,
      );
    return { indexes: known.columns, width, layout };
  }
  if (mayBeScaled && looksScaled(sample))
    throw refused(
      file,
      "its prices are whole numbers, as LEAN keeps those of stocks: 4856300 is 485.63. Say so by --layout lean, or by --layout ccxt that they are meant as they stand",
    );
  const [fitting, ...others] = fittingLayouts(sample, numberOf, isSomeTime);
  if (fitting === undefined || hasOtherVolume(fitting, others))
    throw refused(
      file,
      `it does not name its columns, and their order is not a known one of ${width} columns; say which is which, as in --columns 0=time,1=open,2=high,3=low,4=close,5=volume, or --layout NAME. Its first record: ${(sample[0] ?? []).join(", ")}`,
    );
  if (
    fitting.columns.volume !== undefined &&
    fitting.columns.volume < width - 1 &&
    looksLikePrice(sample, fitting, numberOf)
  )
    throw refused(
      file,
      `its column ${fitting.columns.volume} can be the volume or an average price; say which is which, as in --columns 0=time,1=open,2=high,3=low,4=close,6=volume`,
    );
  if (fitting.columns.volume === undefined && !mayLackVolume)
    throw refused(
      file,
      `it has no volumes; say so by --columns 0=time,1=open,2=high,3=low,4=close,volume=${none}`,
    );
  return { indexes: fitting.columns, width, layout: fitting.name };
}

/** The prices of a bid and of an ask side by side, each with a size behind it: LEAN's quotes. */
function areQuotes(sample: readonly RawRecord[], numberOf: (cell: string | undefined) => number): boolean {
  const isBar = (record: RawRecord, from: number): boolean => {
    const [open = 0, high = 0, low = 0, close = 0] = record.slice(from, from + 4).map(numberOf);
    return low > 0 && high >= Math.max(open, close) && low <= Math.min(open, close) && high < low * 2;
  };
  return sample.every(
    (record) =>
      record.length >= 10 &&
      isBar(record, 1) &&
      isBar(record, 6) &&
      Math.abs(numberOf(record[9]) - numberOf(record[4])) < numberOf(record[4]) / 2,
  );
}

/** LEAN's days and hours of a stock: `20131001 00:00,4856300,...`. */
function looksScaled(sample: readonly RawRecord[]): boolean {
  return sample.every(
    (record) =>
      record.length === 6 &&
      /^\d{8} \d{2}:\d{2}$/.test(record[0] ?? "") &&
      record.slice(1, 5).every((cell) => /^\d{2,}(?:\.0+)?$/.test(cell ?? "")),
  );
}

function asIndexes(columns: ColumnChoice): Readonly<Partial<Record<ColumnRole, number>>> {
  const indexes: Partial<Record<ColumnRole, number>> = {};
  for (const role of columnRoles) {
    const place = columns[role];
    if (typeof place === "number") indexes[role] = place;
  }
  return indexes;
}

function hasOtherVolume(layout: PositionalLayout, others: readonly PositionalLayout[]): boolean {
  return others.some(({ columns }) => columns.volume !== layout.columns.volume);
}
