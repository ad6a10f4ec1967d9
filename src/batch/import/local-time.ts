import { zoneClock } from "../../market/zone-clock.ts";
import { dayMs } from "../../market/durations.ts";

/**
 * The instants at which the clocks of a zone show a wall time: one nearly always, none in the hour that is skipped when
 * daylight saving begins, two, the earlier one first, in the hour that comes twice when it ends.
 */
export function instantsOf(timeZone: string, wallMs: number): readonly number[] {
  const clock = zoneClock(timeZone);
  const before = clock.offsetMs(wallMs - dayMs);
  const after = clock.offsetMs(wallMs + dayMs);
  if (before === after) return [wallMs - before];
  return [...new Set([before, after])]
    .map((offsetMs) => wallMs - offsetMs)
    .filter((instantMs) => clock.offsetMs(instantMs) === wallMs - instantMs)
    .toSorted((one, other) => one - other);
}

/** Whether the runtime knows a zone of this name. */
export function isTimeZone(name: string): boolean {
  try {
    zoneClock(name);
    return true;
  } catch {
    return false;
  }
}
