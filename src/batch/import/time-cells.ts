import type { CandleShape } from "./candle-shape.ts";
import type { RawRecord } from "./raw-table.ts";
import type { TimeFormat } from "./time-format.ts";
import { dayMs } from "../../market/durations.ts";

/** Reads the text of a record's time, from one column or from two; `undefined` where the time is missing. */
export function timeTextOf({ indexes }: CandleShape): (record: RawRecord) => string | undefined {
  const { date, time = -1 } = indexes;
  if (date === undefined) return (record) => filled(record[time]);
  return (record) => {
    const [day, clock] = [filled(record[date]), filled(record[time])];
    return day === undefined || clock === undefined ? day : `${day} ${withColons(clock)}`;
  };
}

/** `93000` and `0930` as `09:30:00` and `09:30`. */
function withColons(clock: string): string {
  if (!/^\d{1,6}$/.test(clock)) return clock;
  const digits = clock.length > 4 ? clock.padStart(6, "0") : clock.padStart(4, "0");
  return (digits.match(/\d\d/g) ?? []).join(":");
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
