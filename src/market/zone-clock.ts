import { dayMs } from "./durations.ts";

/**
 * The clocks of a time zone: their offset from UTC, and the instant that they show. The rules come from the runtime's time zone
 * database; the changes of each year are looked up once.
 */
export class ZoneClock {
  readonly timeZone: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #changesByYear = new Map<number, readonly OffsetChange[]>();

  /** @throws RangeError when the runtime does not know the zone. */
  constructor(timeZone: string) {
    this.timeZone = timeZone;
    this.#format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  }

  /** The offset from UTC at an instant, in milliseconds, with daylight saving; negative in the west. */
  offsetMs(instantMs: number): number {
    const year = new Date(instantMs).getUTCFullYear();
    let changes = this.#changesByYear.get(year);
    if (changes === undefined) {
      changes = this.#findChanges(year);
      this.#changesByYear.set(year, changes);
    }
    let offsetMs = 0;
    for (const change of changes) {
      if (change.fromMs > instantMs) break;
      offsetMs = change.offsetMs;
    }
    return offsetMs;
  }

  /**
   * The instant at which the clocks show `wallMs`, a wall-clock time written as if it were UTC. In the hour that is skipped in
   * spring the answer is an hour off; no market opens or closes then.
   */
  toUtc(wallMs: number): number {
    const nearMs = wallMs - this.offsetMs(wallMs);
    return wallMs - this.offsetMs(nearMs);
  }

  /** The offset at the start of a year (UTC) and each change within it, ascending. */
  #findChanges(year: number): OffsetChange[] {
    const startMs = Date.UTC(year, 0, 1);
    const endMs = Date.UTC(year + 1, 0, 1);
    let offsetMs = this.#lookUpOffsetMs(startMs);
    const changes: OffsetChange[] = [{ fromMs: startMs, offsetMs }];
    for (let beforeMs = startMs; beforeMs < endMs; beforeMs += dayMs) {
      const afterMs = Math.min(beforeMs + dayMs, endMs - minuteMs);
      const offsetAfterMs = this.#lookUpOffsetMs(afterMs);
      if (offsetAfterMs === offsetMs) continue;
      changes.push({ fromMs: this.#findChange(beforeMs, afterMs), offsetMs: offsetAfterMs });
      offsetMs = offsetAfterMs;
    }
    return changes;
  }

  /** The first minute in `(beforeMs, afterMs]` with the offset of `afterMs`. */
  #findChange(beforeMs: number, afterMs: number): number {
    const offsetAfterMs = this.#lookUpOffsetMs(afterMs);
    let low = beforeMs;
    let high = afterMs;
    while (high - low > minuteMs) {
      const middle = Math.floor((low + high) / 2 / minuteMs) * minuteMs;
      if (this.#lookUpOffsetMs(middle) === offsetAfterMs) high = middle;
      else low = middle;
    }
    return high;
  }

  /** Reads `GMT-05:00`. It is slow, so the changes of a year are kept. */
  #lookUpOffsetMs(instantMs: number): number {
    const name = this.#format.formatToParts(instantMs).find((part) => part.type === "timeZoneName")?.value;
    const match = /^GMT([+-])(\d{2}):(\d{2})/.exec(name ?? "GMT");
    if (match === null) return 0;
    const [, sign, hours, minutes] = match;
    const offsetMs = (Number(hours) * 60 + Number(minutes)) * minuteMs;
    return sign === "-" ? -offsetMs : offsetMs;
  }
}

/** The clocks of a zone, made once. */
export function zoneClock(timeZone: string): ZoneClock {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new ZoneClock(timeZone);
    clocks.set(timeZone, clock);
  }
  return clock;
}

/** New York's clocks: foreign exchange and much of the providers' data follow them. */
export const newYorkZone = "America/New_York";

interface OffsetChange {
  readonly fromMs: number;
  readonly offsetMs: number;
}

const clocks = new Map<string, ZoneClock>();
const minuteMs = 60_000;
