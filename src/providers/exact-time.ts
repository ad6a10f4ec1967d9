/**
 * Reads a UTC time of ISO 8601 (`2026-03-02T00:00:00Z`; seconds and their fraction are optional), in milliseconds since the
 * epoch. `undefined` for a day or an hour that does not exist. `Date.parse` turns the 30th of February into the 2nd of
 * March, and reads a time without a zone in the zone of the machine.
 */
export function exactUtcTime(text: string): number | undefined {
  if (!utcTime.test(text)) return undefined;
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)];
  const [hour, minute] = [digits(text, 11, 2), digits(text, 14, 2)];
  const isZ = text.charCodeAt(16) !== colon;
  const second = isZ ? 0 : digits(text, 17, 2);
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  if (year < 100 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  if (day > 28 && day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  const fraction = isZ || text.length === 20 ? 0 : Math.floor(Number(text.slice(19, -1)) * 1000);
  return Date.UTC(year, month - 1, day, hour, minute, second, fraction);
}

const utcTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z$/;
const colon = 58;
const zero = 48;

/** The number at a place that is known to hold digits. It runs a hundred thousand times a second, so it makes no Date. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index += 1) value = value * 10 + text.charCodeAt(index) - zero;
  return value;
}
