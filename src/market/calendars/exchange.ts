import type { DateMs } from "./dates.ts";

/** The stock exchanges whose days and hours are known. */
export type ExchangeName =
  "new_york" | "london" | "frankfurt" | "paris" | "tokyo" | "hong_kong" | "toronto" | "sydney";

/**
 * The days and hours of a stock exchange, as data: rules where they are exact, lists where history is irregular. They hold
 * from 2000 to 2030; `interop/exchange-calendars.test.ts` compares every day with another project's calendars.
 *
 * Hours are those of continuous trading on the exchange's clocks, written `09:00-11:30 12:30-15:30`. Auctions before and
 * after them may give bars too, but none is expected.
 */
export interface Exchange {
  readonly name: ExchangeName;
  /** As people write it: `Hong Kong`. */
  readonly city: string;
  readonly timeZone: string;
  /** Ascending; each holds from its day on. */
  readonly hours: readonly HoursFrom[];
  /** Hours that some providers serve beyond the regular ones, on whole days and on those that end early. */
  readonly extended?: { readonly wholeDay: string; readonly shortDay: string };
  /** Days without trading; those that fall on a weekend may be among them. */
  closedDays(year: number): readonly DateMs[];
  /** Days that end early or begin late. */
  otherHours(year: number): readonly OtherHours[];
}

interface HoursFrom {
  /** `2024-11-05` */
  readonly from: string;
  readonly hours: string;
}

export interface OtherHours {
  readonly dateMs: DateMs;
  readonly hours: string;
}

/** The first and the last year for which the lists are complete. */
export const exchangeYears: { readonly first: number; readonly last: number } = { first: 2000, last: 2030 };
