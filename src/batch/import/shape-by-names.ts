import { barDurations } from "./bar-durations.ts";
import { none, priceRoles } from "./candle-shape.ts";
import type { CandleShape, ShapeChoice } from "./candle-shape.ts";
import { barLengthNames, columnRoles, normalName, usualNames } from "./column-names.ts";
import type { ColumnRole } from "./column-names.ts";
import { isMissingVolume } from "./number-format.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";
import { refused } from "./refused.ts";
import { numberReader } from "./sample-numbers.ts";
import { symbolColumn, baseAndQuote } from "./symbol-columns.ts";
import { timeColumns, epochBeside, twinOf } from "./time-columns.ts";
import { amountBehind, baseOf, volumeNames } from "./volume-column.ts";
import { onlyReading, timeNameOf } from "./zone-names.ts";

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

export function shapeByName(
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
