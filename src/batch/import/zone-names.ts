import { dayNames, normalName, timeOfDayNames, usualNames } from "./column-names.ts";
import { isTimeZone } from "./local-time.ts";

/**
 * What the name of a column says of the clocks of its times:
 * - one reading: `Time (UTC)`, `Date (America/New_York)`, `open_time_utc`, `Time (UTC+2)`;
 * - several: `Time (EST)` is New York's clock the whole year to some, and without daylight saving to others;
 * - none that is known: `Local time`, `Time (server)`.
 */
export interface NamedClocks {
  /** The words, for the user: `EST`. */
  readonly said: string;
  /** Zones as `--timezone` takes them. */
  readonly readings: readonly string[];
}

/** The name of a column of times, apart from what it says of their zone and unit. */
export interface TimeName {
  /** As {@link normalName} has it: `time` for `Time (EET)`. */
  readonly name: string;
  readonly clocks: NamedClocks | undefined;
}

const utc: readonly string[] = ["UTC"];
const newYork = "America/New_York";

/** What words and abbreviations can mean, in small letters. */
const zonesByWord: ReadonlyMap<string, readonly string[]> = new Map([
  ["utc", utc],
  ["gmt", utc],
  ["zulu", utc],
  ["et", [newYork]],
  ["eastern", [newYork]],
  ["eastern time", [newYork]],
  ["new york", [newYork]],
  ["newyork", [newYork]],
  ["ny", [newYork]],
  ["nyc", [newYork]],
  ["jst", ["Asia/Tokyo"]],
  ["kst", ["Asia/Seoul"]],
  ["hkt", ["Asia/Hong_Kong"]],
  ["sgt", ["Asia/Singapore"]],
  ["msk", ["Europe/Moscow"]],
  ["est", ["UTC-5", newYork]],
  ["edt", ["UTC-4", newYork]],
  ["est5edt", [newYork]],
  ["mst", ["UTC-7", "America/Denver"]],
  ["pst", ["UTC-8", "America/Los_Angeles"]],
  ["pdt", ["UTC-7", "America/Los_Angeles"]],
  ["wet", ["UTC", "Europe/Lisbon"]],
  ["cet", ["UTC+1", "Europe/Berlin"]],
  ["cest", ["UTC+2", "Europe/Berlin"]],
  ["mez", ["UTC+1", "Europe/Berlin"]],
  ["mesz", ["UTC+2", "Europe/Berlin"]],
  ["eet", ["UTC+2", "Europe/Athens"]],
  ["eest", ["UTC+3", "Europe/Athens"]],
  ["bst", ["UTC+1", "Europe/London"]],
  ["cst", ["America/Chicago", "UTC-6", "Asia/Shanghai"]],
  ["cdt", ["UTC-5", "America/Chicago"]],
  ["ist", ["Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"]],
  ["aest", ["UTC+10", "Australia/Sydney"]],
  ["aedt", ["UTC+11", "Australia/Sydney"]],
]);

/** Words of clocks that only who wrote the file knows. */
const unknownClocks: ReadonlySet<string> = new Set([
  "local",
  "server",
  "broker",
  "exchange",
  "chart",
  "platform",
]);

/** Units of epochs, which the values tell themselves. */
const units =
  /^(?:s|sec|secs|seconds|ms|msec|millis|milliseconds|us|microseconds|ns|nanos|nanoseconds|unix|epoch)$/;

const timeNames: ReadonlySet<string> = new Set([...usualNames.time, ...dayNames, ...timeOfDayNames]);

/** Takes the name of a column apart; the name of another column is left as it is. */
export function timeNameOf(rawName: string): TimeName {
  const whole = normalName(rawName);
  const inBrackets = /^(.*?)[\s_]*[([{]\s*([^()[\]{}]+?)\s*[)\]}]\s*$/.exec(rawName.trim());
  if (inBrackets !== null) {
    const [, before = "", inside = ""] = inBrackets;
    const outer = timeNameOf(before);
    if (!timeNames.has(outer.name)) return { name: whole, clocks: undefined };
    if (units.test(inside.toLowerCase())) return outer;
    return { name: outer.name, clocks: clocksNamed(inside) ?? { said: inside, readings: [] } };
  }
  if (timeNames.has(whole)) return { name: whole, clocks: undefined };
  return behindTheName(rawName) ?? beforeTheName(whole) ?? { name: whole, clocks: undefined };
}

/** The zone of clocks that have one reading alone. */
export function onlyReading(clocks: NamedClocks | undefined): string | undefined {
  return clocks?.readings.length === 1 ? clocks.readings[0] : undefined;
}

/** `timestamp_utc`, `Time EET`, `datetime UTC+3`, `open_time_ms`. */
function behindTheName(rawName: string): TimeName | undefined {
  const [, front = "", word = ""] =
    /^(.+?)[\s_.-]+((?:utc|gmt)\s*[+-]\s*\d{1,2}(?::?\d{2})?|[a-z0-9]+)$/i.exec(rawName.trim()) ?? [];
  const name = normalName(front);
  if (!timeNames.has(name)) return undefined;
  if (units.test(word.toLowerCase())) return { name, clocks: undefined };
  const clocks = clocksNamed(word);
  return clocks === undefined ? undefined : { name, clocks };
}

/** `Gmt time`, `utc_timestamp`, `Local time`, `UTC`. */
function beforeTheName(whole: string): TimeName | undefined {
  const [first = "", ...others] = whole.split(" ");
  const name = others.length === 0 ? "time" : others.join(" ");
  if (!timeNames.has(name) || (others.length === 0 && !utcWord.test(first))) return undefined;
  const clocks = clocksNamed(first);
  return clocks === undefined ? undefined : { name, clocks };
}

const utcWord = /^(?:utc|gmt)$/;

/** The clocks that a text names; `undefined` where it names none. */
function clocksNamed(text: string): NamedClocks | undefined {
  const said = text.trim();
  const word = said
    .toLowerCase()
    .replaceAll(/[\s_]+/g, " ")
    .replace(/ (?:time|tz|timezone)$/, "");
  if (unknownClocks.has(word)) return { said, readings: [] };
  const known = zonesByWord.get(word);
  if (known !== undefined) return { said, readings: known };
  const offset = /^(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?$/i.exec(said);
  if (offset !== null) {
    const [, sign = "", hours = "", minutes] = offset;
    return { said, readings: [`UTC${sign}${Number(hours)}${minutes === undefined ? "" : `:${minutes}`}`] };
  }
  if (said.includes("/")) return isTimeZone(said) ? { said, readings: [said] } : undefined;
  const cities = zonesOfCities().get(word);
  return cities === undefined ? undefined : { said, readings: cities };
}

let byCity: ReadonlyMap<string, readonly string[]> | undefined;

/** Zones by the city in their name, in small letters: `london` is `Europe/London`. */
function zonesOfCities(): ReadonlyMap<string, readonly string[]> {
  byCity ??= new Map(
    [
      ...Map.groupBy(Intl.supportedValuesOf("timeZone"), (zone) =>
        (zone.split("/").at(-1) ?? "").replaceAll("_", " ").toLowerCase(),
      ),
    ].filter(([city]) => city.length > 3),
  );
  return byCity;
}
