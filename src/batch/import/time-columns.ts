import { dayNames, indexNames, timeOfDayNames, usualNames } from "./column-names.ts";
import type { ColumnRole } from "./column-names.ts";
import { isEpochOfToday } from "./paired-times.ts";
import type { RawRecord } from "./raw-table.ts";
import { refused } from "./refused.ts";
import { timeFormats } from "./time-format.ts";
import { timeNameOf } from "./zone-names.ts";

/** A time in one column or in two: where both a day and a time of day are there, their values say so. */
export function timeColumns(
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

/**
 * The column of epochs of a file that has a date as well. The date is read as the time, since only a zone may be missing
 * in it; an epoch may be of another unit than it looks.
 */
export function epochBeside(
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

/** Another column that is called like a time of the same zone, where the time is in one column. */
export function twinOf(
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

/** Whether a text can be a time in any way. */
export function isSomeTime(text: string): boolean {
  return timeFormats.some((format) => format.read(text.trim()) !== undefined);
}

/** Whether a column has a time in every record, and does not count the rows. */
function areTimes(sample: readonly RawRecord[], place: number): boolean {
  const cells = sample.map((record) => (record[place] ?? "").trim());
  const first = Number(cells[0]);
  const isCount = cells.every((cell, row) => cell !== "" && Number(cell) === first + row && first < 1e7);
  return cells.length > 0 && !isCount && cells.every(isSomeTime);
}
