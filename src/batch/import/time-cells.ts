import type { CandleShape } from "./candle-shape.ts";
import type { RawRecord } from "./raw-table.ts";
import type { TimeFormat } from "./time-format.ts";
import { dayMs } from "../../market/durations.ts";

/** Reads the text of a record's time, from one column or from two; `undefined` where the time is missing. */
export function timeTextOf({ indexes, clockDigits }: CandleShape): (record: RawRecord) => string | undefined {
  const { date, time = -1 } = indexes;
  if (date === undefined) return (record) => filled(record[time]);
  return (record) => {
    const [day, clock] = [filled(record[date]), filled(record[time])];
    return day === undefined || clock === undefined ? day : `${day} ${withColons(clock, clockDigits ?? 4)}`;
  };
}

/** How a file writes times of day without separators, by its first records: with seconds where one of them needs six digits. */
export function clockDigitsOf(clocks: readonly (string | undefined)[]): 4 | 6 {
  return clocks.some((clock) => /^\d{5,6}$/.test(clock?.trim() ?? "")) ? 6 : 4;
}

/**
 * `93000` as `09:30:00`, and `930` as `09:30`, or as `00:09:30` in a file of times with seconds, whose zeros in front are lost.
 * More digits than the file's are no time.
 */
function withColons(clock: string, digits: 4 | 6): string {
  if (!/^\d{1,6}$/.test(clock)) return clock;
  return (clock.padStart(digits, "0").match(/\d\d/g) ?? []).join(":");
}

/** Times of LEAN's minute files: milliseconds of the day that the file is named after. */
export function readerOfDay(fileName: string): TimeFormat | undefined {
  const [, year, month, day] = /(?:^|\/)(\d{4})(\d{2})(\d{2})_[^/]*$/.exec(fileName) ?? [];
  if (year === undefined) return undefined;
  const startMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return {
    name: "lean",
    title: "milliseconds of the day in the file's name",
    isEpoch: false,
    read(text) {
      const ms = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
      return ms < dayMs ? { wallMs: startMs + ms, zone: undefined } : undefined;
    },
  };
}

function filled(cell: string | undefined): string | undefined {
  if (cell === undefined) return undefined;
  const text = cell.trim();
  return text === "" ? undefined : text;
}
