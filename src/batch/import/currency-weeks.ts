import { dayMs } from "../../market/durations.ts";
import { newYorkZone, zoneClock } from "../../market/zone-clock.ts";
import { instantsOf } from "./local-time.ts";

const hourMs = 3_600_000;
const weekMs = 7 * dayMs;
/** Saturday 22:00, counted from a Thursday midnight: closed by the clocks of every place that prices come from. */
const splitMs = 2 * dayMs + 22 * hourMs;
/** Bars that lie farther from a weekend say nothing of it. */
const besideMs = 3 * dayMs;
/** The market opens on Sunday and closes on Friday, at 17:00 in New York; counted from a Thursday midnight. */
const opensMs = 3 * dayMs + 17 * hourMs;
const closesMs = dayMs + 17 * hourMs;
/** So few weekends may be otherwise: a feed that began late. */
const otherShareMax = 0.1;
const newYork = zoneClock(newYorkZone);

/**
 * Clocks that files of currencies are known to keep. Servers of MetaTrader mostly run seven hours ahead of New York, so
 * that their week begins at midnight of Monday.
 */
const usualClocks: readonly string[] = [
  "UTC",
  newYorkZone,
  "UTC-5",
  "Europe/Athens",
  "America/New_York+7",
  "UTC+2",
  "UTC+3",
  "Europe/Berlin",
  "Europe/London",
  "UTC+1",
  "Asia/Singapore",
  "Asia/Tokyo",
  "Australia/Sydney",
];

/** The last bar before a weekend and the first one behind it, by the file's own clocks. */
interface Weekend {
  readonly lastMs: number;
  readonly firstMs: number;
}

/**
 * Where the weeks of currencies begin and end in a file. The market's week is the same everywhere, so a file that shows it
 * shows whose clocks it keeps.
 */
export class CurrencyWeeks {
  readonly #weeks = new Map<number, { firstMs: number; lastMs: number }>();
  #week = Number.NaN;
  #current = { firstMs: 0, lastMs: 0 };

  /** @param wallMs of a bar of any place in the file. */
  add(wallMs: number): void {
    const week = Math.floor((wallMs - splitMs) / weekMs);
    if (week !== this.#week) {
      this.#week = week;
      this.#current = this.#weeks.get(week) ?? { firstMs: wallMs, lastMs: wallMs };
      this.#weeks.set(week, this.#current);
    }
    if (wallMs < this.#current.firstMs) this.#current.firstMs = wallMs;
    if (wallMs > this.#current.lastMs) this.#current.lastMs = wallMs;
  }

  /** Of some clocks those by which most weekends are the market's, and nearly all of them are. */
  fitting(candidates: readonly string[], barMs: number): readonly string[] {
    const weekends = this.#weekends();
    const counted = candidates.map((zone) => ({
      zone,
      shown: weekends.filter((weekend) => showsWeekend(weekend, zone, barMs)).length,
    }));
    const most = Math.max(0, ...counted.map(({ shown }) => shown));
    if (most === 0 || weekends.length - most > weekends.length * otherShareMax) return [];
    return counted.filter(({ shown }) => shown === most).map(({ zone }) => zone);
  }

  /** The same of the clocks that files of currencies are known to keep. */
  usual(barMs: number): readonly string[] {
    return this.fitting(usualClocks, barMs);
  }

  /**
   * The usual clocks that the file shows at both ends of its weeks, where none of some other clocks fits: what these were
   * said to be is wrong then. Nothing where the weeks are the market's by no clock.
   */
  against(said: readonly string[], barMs: number): readonly string[] {
    if (this.fitting(said, barMs).length > 0) return [];
    const weekends = this.#weekends();
    return this.usual(barMs).filter((zone) => {
      const shown = weekends.filter((weekend) => showsWeekend(weekend, zone, barMs, true)).length;
      return weekends.length - shown <= weekends.length * otherShareMax;
    });
  }

  /** Whether all of some clocks give every week of the file the same instants. */
  sayTheSame([first, ...others]: readonly string[]): boolean {
    const walls = [...this.#weeks.values()].flatMap(({ firstMs, lastMs }) => [firstMs, lastMs]);
    return others.every((zone) =>
      walls.every((wallMs) => instantsOf(zone, wallMs)[0] === instantsOf(first ?? zone, wallMs)[0]),
    );
  }

  /** The first bar of a week that does not begin when the market opens by some clocks; else of any week. */
  exampleAgainst(zone: string, barMs: number): number | undefined {
    const weekends = this.#weekends();
    return (weekends.find((weekend) => !showsWeekend(weekend, zone, barMs)) ?? weekends[0])?.firstMs;
  }

  /** Weekends with bars on both sides; of a file without one its first bar and its last together. */
  #weekends(): readonly Weekend[] {
    const weeks = [...this.#weeks].toSorted(([one], [other]) => one - other);
    const between = weeks.flatMap(([week, { firstMs }], index): Weekend[] => {
      const [before, last] = weeks[index - 1] ?? [];
      const startMs = week * weekMs + splitMs;
      const isSeen =
        before === week - 1 &&
        last !== undefined &&
        startMs - last.lastMs < besideMs &&
        firstMs - startMs < besideMs &&
        !isHoliday(startMs);
      return isSeen ? [{ lastMs: last.lastMs, firstMs }] : [];
    });
    if (between.length > 0 || weeks.length !== 1) return between;
    const [[, { firstMs, lastMs }] = [0, { firstMs: 0, lastMs: 0 }]] = weeks;
    return lastMs - firstMs > 4 * dayMs ? [{ firstMs, lastMs }] : [];
  }
}

/**
 * Whether the first bar begins where the market opens and the last one before it closes. Bars of an hour and more begin at
 * the very hour; shorter ones may begin a little later, when the first price came.
 */
function showsWeekend(
  { firstMs, lastMs }: Weekend,
  zone: string,
  barMs: number,
  // Of a week that is alone both ends have to be the market's.
  atBothEnds = lastMs > firstMs,
): boolean {
  const [opened] = instantsOf(zone, firstMs);
  const [last] = instantsOf(zone, lastMs);
  if (opened === undefined || last === undefined) return false;
  const lateMs = opened - nearest(opened, opensMs);
  const leftMs = nearest(last, closesMs) - last;
  return (
    lateMs > -barMs &&
    lateMs <= (barMs >= hourMs ? 0 : hourMs - barMs) &&
    leftMs > 0 &&
    (!atBothEnds || leftMs <= Math.max(barMs, hourMs))
  );
}

/** The instant of a time of the week in New York that is nearest. */
function nearest(instantMs: number, timeOfWeekMs: number): number {
  const localMs = instantMs + newYork.offsetMs(instantMs);
  const weeks = Math.round((localMs - timeOfWeekMs) / weekMs);
  return newYork.toUtc(timeOfWeekMs + weeks * weekMs);
}

/** Around Christmas and New Year weeks begin and end otherwise. */
function isHoliday(ms: number): boolean {
  const date = new Date(ms);
  const day = date.getUTCDate();
  return date.getUTCMonth() === 11 ? day >= 19 : date.getUTCMonth() === 0 && day <= 4;
}
