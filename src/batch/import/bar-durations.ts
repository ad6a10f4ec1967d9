const minuteMs = 60_000;
const units: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|sec|secs|seconds?)$/i, 1000],
  [/^(?:m|t|min|mins|minutes?)$/, minuteMs],
  [/^(?:min|mins|minutes?)$/i, minuteMs],
  [/^(?:h|hr|hrs|hours?)$/i, 60 * minuteMs],
  [/^(?:d|days?)$/i, 1440 * minuteMs],
  [/^(?:w|wk|weeks?)$/i, 7 * 1440 * minuteMs],
  [/^(?:M|mo|mon|mth|months?)$/, 30 * 1440 * minuteMs],
];
const words: ReadonlyMap<string, number> = new Map([
  ["minute", minuteMs],
  ["minutely", minuteMs],
  ["hour", 60 * minuteMs],
  ["hourly", 60 * minuteMs],
  ["day", 1440 * minuteMs],
  ["daily", 1440 * minuteMs],
  ["d", 1440 * minuteMs],
  ["week", 7 * 1440 * minuteMs],
  ["weekly", 7 * 1440 * minuteMs],
  ["w", 7 * 1440 * minuteMs],
  ["monthly", 30 * 1440 * minuteMs],
]);
const numbers: ReadonlyMap<string, number> = new Map(
  "one two three four five six eight ten twelve fifteen thirty"
    .split(" ")
    .map((word, index) => [word, [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 30][index] ?? 0]),
);
/** Lengths of bars that exchanges have, in minutes. */
export const usualBarMinutes: readonly number[] = [
  1, 2, 3, 5, 10, 15, 30, 45, 60, 120, 180, 240, 360, 480, 720, 1440, 4320, 10_080,
];

/**
 * The lengths of bars, in milliseconds, that a text can mean: `1h`, `H1`, `60min`, `ONE_HOUR`, `PT1H`, `daily`. A number
 * alone is minutes or seconds, so it can mean two; a text that means none has none.
 */
export function barDurations(text: string): readonly number[] {
  const trimmed = text.trim();
  const word = words.get(trimmed.toLowerCase());
  if (word !== undefined) return [word];
  if (/^\d{1,7}$/.test(trimmed))
    return [Number(trimmed) * minuteMs, Number(trimmed) * 1000].filter((ms) =>
      usualBarMinutes.includes(ms / minuteMs),
    );
  const [, unitFirst, lengthBehind] = /^([MHDW])(\d{1,2})$/.exec(trimmed) ?? [];
  if (unitFirst !== undefined && lengthBehind !== undefined)
    return lengthOf(lengthBehind, unitFirst === "M" ? "m" : unitFirst);
  const [, length = "", unit = ""] =
    /^(?:PT?)?(\d{1,4})[ _-]?([a-z]+)$/i.exec(trimmed) ?? /^([a-z]+)[ _-]([a-z]+)$/i.exec(trimmed) ?? [];
  // ISO 8601 writes minutes in capitals.
  return lengthOf(length, trimmed.startsWith("PT") && unit === "M" ? "m" : unit);
}

function lengthOf(length: string, unit: string): readonly number[] {
  const count = numbers.get(length.toLowerCase()) ?? (/^\d+$/.test(length) ? Number(length) : 0);
  const unitMs = units.find(([pattern]) => pattern.test(unit))?.[1];
  return count === 0 || unitMs === undefined ? [] : [count * unitMs];
}

/** `15 minutes`, `24 hours`, `7 days`, `16 hours and 40 minutes`. */
export function durationText(ms: number): string {
  const minutes = Math.round(ms / minuteMs);
  if (minutes === 0) return counted(ms / 1000, "second");
  if (minutes < 60) return counted(minutes, "minute");
  if (minutes >= 2880 && minutes % 1440 === 0) return counted(minutes / 1440, "day");
  if (minutes % 60 === 0) return counted(minutes / 60, "hour");
  return `${counted(Math.floor(minutes / 60), "hour")} and ${counted(minutes % 60, "minute")}`;
}

function counted(count: number, unit: string): string {
  return `${count} ${count === 1 ? unit : `${unit}s`}`;
}
