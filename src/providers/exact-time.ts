/**
 * The instant of a time in UTC as ISO 8601 writes it (`2026-03-02T00:00:00Z`, seconds and their fraction may be left out),
 * in milliseconds since the epoch; `undefined` for a day or an hour that there is not. `Date.parse` alone turns the 30th of
 * February into the 2nd of March, and takes what has no zone for a time of the machine's.
 */
export function exactUtcTime(text: string): number | undefined {
  const match = utcTime.exec(text);
  if (match === null) return undefined;
  const [, minute = "", second = "00"] = match;
  const instantMs = Date.parse(text);
  if (Number.isNaN(instantMs)) return undefined;
  return new Date(instantMs).toISOString().startsWith(`${minute}:${second}`) ? instantMs : undefined;
}

const utcTime = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)?Z$/;
