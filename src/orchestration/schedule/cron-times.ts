/**
 * The times of a cron schedule. Only croner's arithmetic is used, never its timers. In a zone that sets its clocks, a fixed time
 * that does not exist on a day is the first instant after the gap, and one that happens twice is the first of the two. A
 * schedule by intervals, such as every hour, goes on by elapsed time.
 */
import { Cron } from "croner";

/** What is wrong with a schedule, if anything. */
export function scheduleProblem(schedule: string, timeZone: string): string | undefined {
  const zoneProblem = timeZoneProblem(timeZone);
  if (zoneProblem !== undefined) return zoneProblem;
  try {
    return new CronTimes(schedule, timeZone).nextAfter(0) === undefined
      ? `${JSON.stringify(schedule)} never comes`
      : undefined;
  } catch {
    return `${JSON.stringify(schedule)} is not a cron schedule of five parts, such as "0 1 * * *": minute, hour, day of the month, month, day of the week`;
  }
}

export function timeZoneProblem(timeZone: string): string | undefined {
  try {
    Intl.DateTimeFormat("en", { timeZone });
    return undefined;
  } catch {
    return `there is no time zone ${JSON.stringify(timeZone)}; give one such as UTC or Europe/Berlin`;
  }
}

export class CronTimes {
  readonly #cron: Cron;

  constructor(schedule: string, timeZone: string) {
    this.#cron = new Cron(schedule, {
      timezone: timeZone,
      mode: "5-part",
      fixedTimeRule: "no-wildcard",
      paused: true,
    });
  }

  /** The first time after an instant, which does not count itself; `undefined` when there is none. */
  nextAfter(instantMs: number): number | undefined {
    return this.#cron.nextRun(new Date(instantMs))?.getTime();
  }

  /** The times in `(afterMs, untilMs]`, oldest first; of more than `most` the newest. */
  between(afterMs: number, untilMs: number, most: number): readonly number[] {
    const times: number[] = [];
    // Croner counts in whole seconds.
    let before = Math.floor(untilMs / 1000) * 1000 + 1000;
    while (times.length < most) {
      const [time] = this.#cron.previousRuns(1, new Date(before));
      if (time === undefined || time.getTime() <= afterMs) break;
      before = time.getTime();
      times.push(before);
    }
    return times.toReversed();
  }
}
