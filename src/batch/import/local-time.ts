import { dayMs } from "../../market/durations.ts";
import { zoneClock } from "../../market/zone-clock.ts";
import type { ZoneClock } from "../../market/zone-clock.ts";

const minuteMs = 60_000;
const shiftMinutesMax = 14 * 60;

/** The clocks of a zone, some time ahead of those of the time zone database. */
interface LocalClocks {
  readonly clock: ZoneClock;
  readonly aheadMs: number;
}

/**
 * The instants at which the clocks of a zone show a wall time: one nearly always, none in the hour that is skipped when
 * daylight saving begins, two, the earlier one first, in the hour that comes twice when it ends.
 *
 * @param timeZone as {@link isTimeZone} takes it.
 */
export function instantsOf(timeZone: string, wallMs: number): readonly number[] {
  const { clock, aheadMs } = clocksOf(timeZone);
  const baseMs = wallMs - aheadMs;
  const before = clock.offsetMs(baseMs - dayMs);
  const after = clock.offsetMs(baseMs + dayMs);
  if (before === after) return [baseMs - before];
  return [...new Set([before, after])]
    .map((offsetMs) => baseMs - offsetMs)
    .filter((instantMs) => clock.offsetMs(instantMs) === baseMs - instantMs)
    .toSorted((one, other) => one - other);
}

/**
 * Whether a text names a zone: one of the time zone database (`Europe/Athens`), hours from UTC (`UTC+2`, `-05:00`), or
 * hours from a zone (`America/New_York+7`), as the servers of many brokers keep their time.
 */
export function isTimeZone(name: string): boolean {
  try {
    clocksOf(name);
    return true;
  } catch {
    return false;
  }
}

const known = new Map<string, LocalClocks>();

/** @throws RangeError for what is no zone. */
function clocksOf(name: string): LocalClocks {
  let clocks = known.get(name);
  if (clocks === undefined) {
    clocks = readClocks(name.trim());
    known.set(name, clocks);
  }
  return clocks;
}

function readClocks(name: string): LocalClocks {
  const [, base = "", sign = "", hours = "", minutes = "0"] =
    /^(.*?)([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(name) ?? [];
  // `Etc/GMT+5` and its kin are names, with a sign that goes the other way.
  if (sign === "" || /^Etc\//i.test(name)) return { clock: zoneClock(name), aheadMs: 0 };
  const shift = Number(hours) * 60 + Number(minutes);
  if (shift > shiftMinutesMax) throw new RangeError(`${name} is no time zone`);
  const zone = /^(?:UTC|GMT)?$/i.test(base) ? "UTC" : base;
  return { clock: zoneClock(zone), aheadMs: shift * minuteMs * (sign === "-" ? -1 : 1) };
}
