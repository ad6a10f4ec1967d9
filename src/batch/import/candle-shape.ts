import { AssetPair } from "../../market/asset-pair.ts";
import type { AssetKind } from "../../market/asset-pair.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { barDurations } from "./bar-durations.ts";
import {
  barLengthNames,
  baseAndQuoteNames,
  columnRoles,
  dayNames,
  indexNames,
  normalName,
  timeOfDayNames,
  usualNames,
  vagueSymbolNames,
} from "./column-names.ts";
import type { ColumnRole } from "./column-names.ts";
import { isCoin, isKnownPair } from "./file-name.ts";
import { quotesOf } from "./quote-bars.ts";
import { NumberSurvey, isMissingVolume, normalNumber } from "./number-format.ts";
import { fittingLayouts, layoutOf, looksLikePrice } from "./positional-layouts.ts";
import type { LayoutName, PositionalLayout } from "./positional-layouts.ts";
import { isEpochOfToday } from "./paired-times.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";
import { timeFormats } from "./time-format.ts";
import { amountBehind, baseOf, volumeNames } from "./volume-column.ts";
import { onlyReading, timeNameOf } from "./zone-names.ts";

/** Which column is what, by name or by position from 0 on; `none` says that the file has no volume or no symbol. */
export type ColumnChoice = Readonly<Partial<Record<ColumnRole, string | number>>>;

export interface ShapeChoice {
  readonly columns?: ColumnChoice | undefined;
  readonly layout?: LayoutName | undefined;
  /** Of the market whose candles they are; `undefined` where it has no volumes, or is not known. */
  readonly volumeOf?: string | undefined;
  /** The market whose candles they are, where it is known. */
  readonly kind: AssetKind | undefined;
  /** Whether the market may have no volumes. */
  readonly mayLackVolume: boolean;
  /** Whether it may be a stock, whose prices LEAN keeps as whole numbers of a hundredth of a cent. */
  readonly mayBeScaled: boolean;
}

/** Which cell of a record is what. */
export interface CandleShape {
  readonly indexes: Readonly<Partial<Record<ColumnRole, number>>>;
  /** Cells of a record that is whole. */
  readonly width: number;
  /** A column of epochs beside the one that is read as the time: both have to say the same. */
  readonly epoch?: number | undefined;
  /** A column of written times beside the one that is read: both have to say the same. */
  readonly twin?: number | undefined;
  /** What a symbol is priced in, where that stands in a column of its own. */
  readonly quote?: number | undefined;
  /** A column that says how long each bar is. */
  readonly barLength?: number | undefined;
  /** By what it was told where the file has no names: `coinbase`. */
  readonly layout: string | undefined;
}

const none = "none";
const priceRoles = ["open", "high", "low", "close"] as const;

/** Whether some cells name the columns of candles. */
export function isHeader(cells: readonly string[], choice: ShapeChoice): boolean {
  const numbers = cells.filter((cell) => /^[-+]?\d+(?:[.,]\d+)?$/.test(cell.trim()));
  if (numbers.length >= 4 || !cells.some((cell) => /\p{L}/u.test(cell))) return false;
  const names = withoutPrefix(cells);
  const chosen = Object.values(choice.columns ?? {}).filter(
    (name) => typeof name === "string" && name !== none,
  );
  const known = new Set(names.map(normalName));
  const isAllNamed = priceRoles.every((role) => {
    const wanted = choice.columns?.[role];
    if (typeof wanted === "number") return true;
    return wanted === undefined
      ? usualNames[role].some((name) => known.has(name))
      : known.has(normalName(wanted));
  });
  return isAllNamed || (chosen.length > 1 && chosen.every((name) => known.has(normalName(String(name)))));
}

/**
 * Finds out which column is what: by what the user says, by names, or of records without names by their order.
 *
 * @throws IngestionError `INVALID_ARGUMENT` with the columns that there are and what to say.
 */
export function shapeOf(
  file: string,
  table: RawTable,
  sample: readonly RawRecord[],
  choice: ShapeChoice,
): CandleShape {
  return table.names === undefined
    ? shapeByPosition(file, table, sample, choice)
    : shapeByName(file, table, table.names, sample, choice);
}

function shapeByName(
  file: string,
  table: RawTable,
  rawNames: readonly string[],
  sample: readonly RawRecord[],
  choice: ShapeChoice,
): CandleShape {
  const names = plainNames(rawNames);
  const isFilled = (index: number): boolean => sample.some((record) => !isMissingVolume(record[index]));
  const placesOf = (name: string): readonly number[] => {
    const places = names.flatMap((other, index) => (other === name ? [index] : []));
    if (places.length < 2 || name === "") return places.slice(0, 1);
    const [place, ...others] = preferred(name, places, rawNames);
    if (others.length > 0) throw refused(file, `there are two columns called ${rawNames[places[1] ?? 0]}`);
    return place === undefined ? [] : [place];
  };
  const find = (wanted: readonly string[]): number | undefined => {
    for (const name of wanted) {
      const [place] = placesOf(name);
      if (place !== undefined && (name !== "" || isFilled(place))) return place;
    }
    return undefined;
  };
  /** As the user writes it: `time=Time (EET)` where there is a `Time (UTC)` as well. */
  const findChosen = (name: string): number | undefined => {
    const wanted = name.trim().toLowerCase();
    const [place, ...others] = [...rawNames.keys()].filter(
      (index) => rawNames[index]?.trim().toLowerCase() === wanted,
    );
    return place !== undefined && others.length === 0
      ? place
      : find([normalName(name), timeNameOf(name).name]);
  };
  const usual = (role: ColumnRole): readonly string[] => {
    if (role === "date") return [];
    return role === "volume" ? volumeNames(names, volumeBase()) : usualNames[role];
  };
  const volumeBase = (): string | undefined => {
    if (choice.volumeOf !== undefined) return choice.volumeOf;
    const chosen = choice.columns?.symbol;
    const place = typeof chosen === "string" ? findChosen(chosen) : (chosen ?? find(usualNames.symbol));
    return place === undefined ? undefined : baseOf(sample.map((record) => (record[place] ?? "").trim()));
  };
  const indexes: Partial<Record<ColumnRole, number>> = {};
  for (const role of columnRoles) {
    const chosen = choice.columns?.[role];
    if (chosen === none) continue;
    const index =
      typeof chosen === "number" ? chosen : chosen === undefined ? find(usual(role)) : findChosen(chosen);
    if (chosen !== undefined && (index === undefined || index >= names.length))
      throw refused(
        file,
        `which column is the ${role} (${chosen})? there is none of that name. The columns: ${rawNames.join(", ")}`,
      );
    if (index !== undefined) indexes[role] = index;
  }
  // An average or adjusted price is not one of the four; `price` is the close only where nothing else is.
  if (choice.columns?.time === undefined)
    Object.assign(indexes, timeColumns(file, rawNames, names, sample, indexes));
  if (choice.mayLackVolume && choice.columns?.volume === undefined && !isFilled(indexes.volume ?? -1))
    delete indexes.volume;
  if (choice.columns?.volume === undefined) {
    // MetaTrader 5 writes both: of currencies the second is nothing but zeros.
    const ticks = names.indexOf("tickvol");
    if (ticks >= 0 && choice.mayLackVolume) indexes.volume = ticks;
    const isOfCoins =
      choice.kind === "crypto" || choice.kind === "crypto_contract" || choice.kind === undefined;
    if (isOfCoins && indexes.volume !== undefined && names.some((name) => /^market ?cap/.test(name)))
      throw refused(
        file,
        `is its column ${rawNames[indexes.volume]} counted in the asset, or in money as the market caps beside it? Say --columns volume=${rawNames[indexes.volume]}, or --columns volume=${none} if it is money`,
      );
    const amount = amountBehind(names, sample, indexes, numberReader(table, sample));
    if (amount !== undefined) indexes.volume = amount;
  }
  if (choice.columns?.symbol === undefined && indexes.symbol === undefined) {
    const vague = symbolColumn(names, sample, indexes, choice.kind);
    if (vague !== undefined) indexes.symbol = vague;
  }
  const pair = choice.columns?.symbol === undefined ? baseAndQuote(names, sample) : undefined;
  if (pair !== undefined) indexes.symbol = pair.base;
  for (const role of ["time", ...priceRoles] as const) {
    if (indexes[role] === undefined)
      throw refused(
        file,
        `which column is the ${role}? name it, as in --columns ${role}=NAME. The columns: ${rawNames.join(", ")}`,
      );
  }
  if (indexes.volume === undefined && choice.columns?.volume !== none && !choice.mayLackVolume)
    throw refused(
      file,
      `which column is the volume? name it, as in --columns volume=NAME, or say --columns volume=${none}. The columns: ${rawNames.join(", ")}`,
    );
  const epoch = choice.columns?.time === undefined ? epochBeside(names, sample, indexes) : undefined;
  const found = epoch?.indexes ?? indexes;
  const twin = choice.columns?.time === undefined ? twinOf(rawNames, found, epoch?.place) : undefined;
  const barLength = names.findIndex(
    (name, place) =>
      barLengthNames.includes(name) && sample.every((record) => barDurations(record[place] ?? "").length > 0),
  );
  return {
    indexes: found,
    epoch: epoch?.place,
    twin,
    quote: pair?.quote,
    barLength: barLength < 0 ? undefined : barLength,
    width: names.length,
    layout: undefined,
  };
}

/** Of columns that are called alike the one that is called just so, or else the one of UTC; all of them where none is. */
function preferred(name: string, places: readonly number[], rawNames: readonly string[]): readonly number[] {
  const plain = places.filter((place) => normalName(rawNames[place] ?? "") === name);
  if (plain.length === 1) return plain;
  const ofUtc = places.filter((place) => onlyReading(timeNameOf(rawNames[place] ?? "").clocks) === "UTC");
  return plain.length === 0 && ofUtc.length === 1 ? ofUtc : places;
}

/**
 * The column of epochs of a file that has a date as well. The date is read as the time, since only a zone may be missing
 * in it; an epoch may be of another unit than it looks.
 */
function epochBeside(
  names: readonly string[],
  sample: readonly RawRecord[],
  indexes: Readonly<Partial<Record<ColumnRole, number>>>,
): { readonly place: number; readonly indexes: Readonly<Partial<Record<ColumnRole, number>>> } | undefined {
  const { time } = indexes;
  const isEpoch = (place: number): boolean =>
    sample.filter((record) => isEpochOfToday(record[place])).length * 10 >= sample.length * 9;
  const places = names.flatMap((name, place) => (usualNames.time.includes(name) ? [place] : []));
  const others = places.filter((place) => place !== time && place !== indexes.date);
  const epoch = others.find(isEpoch);
  if (epoch !== undefined) return { place: epoch, indexes };
  if (time === undefined || indexes.date !== undefined || !isEpoch(time)) return undefined;
  const date = others.find((place) => sample.every((record) => isSomeTime(record[place] ?? "")));
  return date === undefined ? undefined : { place: time, indexes: { ...indexes, time: date } };
}

/** A column whose values are all symbols: under a name that may be one's, or pairs under any name. */
function symbolColumn(
  names: readonly string[],
  sample: readonly RawRecord[],
  indexes: Readonly<Partial<Record<ColumnRole, number>>>,
  kind: AssetKind | undefined,
): number | undefined {
  const used = new Set(Object.values(indexes));
  const isAll = (place: number, test: (text: string) => boolean): boolean =>
    !used.has(place) && sample.length > 0 && sample.every((record) => test((record[place] ?? "").trim()));
  const isOfCoins = kind === "crypto" || kind === "crypto_contract";
  const isSymbolHere = (text: string): boolean =>
    isKnownPair(text) || (isOfCoins ? isCoin(text) : kind !== "fx" && isTicker(text));
  const places = [...names.keys()];
  return (
    places.find((place) => vagueSymbolNames.includes(names[place] ?? "") && isAll(place, isSymbolHere)) ??
    places.find((place) => isAll(place, isKnownPair))
  );
}

function baseAndQuote(
  names: readonly string[],
  sample: readonly RawRecord[],
): { readonly base: number; readonly quote: number } | undefined {
  for (const [baseName, quoteName] of baseAndQuoteNames) {
    const [base, quote] = [names.indexOf(baseName), names.indexOf(quoteName)];
    const areNames = (record: RawRecord): boolean =>
      isKnownPair(`${record[base]?.trim() ?? ""}/${record[quote]?.trim() ?? ""}`);
    if (base >= 0 && quote >= 0 && sample.some(areNames)) return { base, quote };
  }
  return undefined;
}

/** Another column that is called like a time of the same zone, where the time is in one column. */
function twinOf(
  rawNames: readonly string[],
  { time, date }: Readonly<Partial<Record<ColumnRole, number>>>,
  epoch: number | undefined,
): number | undefined {
  if (date !== undefined) return undefined;
  const said = timeNameOf(rawNames[time ?? -1] ?? "").clocks?.said;
  const place = rawNames.findIndex((raw, index) => {
    const { name, clocks } = timeNameOf(raw);
    return usualNames.time.includes(name) && clocks?.said === said && index !== time && index !== epoch;
  });
  return place < 0 ? undefined : place;
}

/** A time in one column or in two: where both a day and a time of day are there, their values say so. */
function timeColumns(
  file: string,
  rawNames: readonly string[],
  names: readonly string[],
  sample: readonly RawRecord[],
  { time, date }: Readonly<Partial<Record<ColumnRole, number>>>,
): Partial<Record<ColumnRole, number>> {
  if (date !== undefined && time !== undefined) return {};
  const day = names.findIndex((name) => dayNames.includes(name));
  const clock = names.findIndex((name) => timeOfDayNames.includes(name));
  if (day >= 0 && clock >= 0 && day !== clock) {
    const isClock = sample.every((record) => /^\d{1,2}:\d{2}|^\d{1,6}$/.test((record[clock] ?? "").trim()));
    const isDay = sample.every((record) => !(record[day] ?? "").includes(":"));
    if (isClock && isDay) return { date: day, time: clock };
    throw refused(
      file,
      `which column is the time, ${rawNames[day]} or ${rawNames[clock]}? Name it, as in --columns time=${rawNames[day]}. The columns: ${rawNames.join(", ")}`,
    );
  }
  if (time !== undefined) return {};
  const index = names.findIndex((name, place) => indexNames.includes(name) && areTimes(sample, place));
  return index >= 0 ? { time: index } : {};
}

/** Whether a column has a time in every record, and does not count the rows. */
function areTimes(sample: readonly RawRecord[], place: number): boolean {
  const cells = sample.map((record) => (record[place] ?? "").trim());
  const first = Number(cells[0]);
  const isCount = cells.every((cell, row) => cell !== "" && Number(cell) === first + row && first < 1e7);
  return cells.length > 0 && !isCount && cells.every(isSomeTime);
}

/** The names as they are compared, those of times without the zone that they say. */
function plainNames(rawNames: readonly string[]): readonly string[] {
  return withoutPrefix(rawNames).map((name) => timeNameOf(name).name);
}

/** `AAPL.Open`, as quantmod writes it, is `Open`. */
function withoutPrefix(names: readonly string[]): readonly string[] {
  const prefixes = new Set(
    names.flatMap((name) => /^(.+)\.(?:Open|High|Low|Close)$/.exec(name.trim())?.[1] ?? []),
  );
  const [prefix] = prefixes;
  if (prefixes.size !== 1 || prefix === undefined) return names;
  return names.map((name) => (name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : name));
}

function shapeByPosition(
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
      `it does not name its columns, and their order is none that is known for ${width} columns; say which is which, as in --columns 0=time,1=open,2=high,3=low,4=close,5=volume, or --layout NAME. Its first record: ${(sample[0] ?? []).join(", ")}`,
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

function numberReader(table: RawTable, sample: readonly RawRecord[]): (cell: string | undefined) => number {
  const survey = new NumberSurvey();
  for (const record of sample) for (const cell of record.slice(1)) survey.add(cell);
  const mark = survey.decide(table.delimiter);
  const decimal = typeof mark === "string" ? mark : ".";
  return (cell) => Number(normalNumber(cell ?? "", decimal) ?? Number.NaN);
}

/** Whether a text can be a time in any way. */
function isSomeTime(text: string): boolean {
  return timeFormats.some((format) => format.read(text.trim()) !== undefined);
}

/** The name of a stock as it is written everywhere; not that of an exchange or a market. */
function isTicker(text: string): boolean {
  if (text !== text.toUpperCase() || /^(?:NYSE|AMEX|ARCA|BATS|CBOE|SPOT|STOCK|US|USA)$/.test(text))
    return false;
  try {
    AssetPair.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refused(file: string, why: string): IngestionError {
  return new IngestionError("INVALID_ARGUMENT", `${file}: ${why}`);
}
