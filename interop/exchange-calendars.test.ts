// Every trading day of eight exchanges from 2000 to 2030, by us and by exchange_calendars: the same days, the same
// openings, closes and breaks, except where the peer is wrong.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { tradingDaysOf } from "../src/market/calendars/exchange-calendar.ts";
import { exchangeYears } from "../src/market/calendars/exchange.ts";
import type { Exchange, ExchangeName } from "../src/market/calendars/exchange.ts";
import { stockExchanges } from "../src/market/calendars/stock-exchanges.ts";
import { formatInstant } from "../src/market/time-range.ts";
import { zoneClock } from "../src/market/zone-clock.ts";
import { ExchangeCalendars } from "./exchange-calendars.ts";
import type { PeerSessions } from "./exchange-calendars.ts";

const peer = new ExchangeCalendars();
after(() => peer.close());

/** Codes of ISO 10383. Xetra and the floor of Frankfurt have one calendar. */
const codes: Readonly<Record<ExchangeName, readonly string[]>> = {
  new_york: ["XNYS"],
  london: ["XLON"],
  frankfurt: ["XETR", "XFRA"],
  paris: ["XPAR"],
  tokyo: ["XTKS"],
  hong_kong: ["XHKG"],
  toronto: ["XTSE"],
  sydney: ["XASX"],
};

/** Days on which the peer differs from what the exchange did or has announced, by the exchange's clocks. */
interface PeerError {
  readonly exchange: ExchangeName;
  /** The first and the last of them. */
  readonly days: readonly [from: string, to: string];
  readonly ours: string;
  readonly theirs: string;
  readonly why: string;
}

const hongKongOf2000 = "10:00-12:30 14:30-16:00";
const peersHongKongOf2000 = "10:00-12:00 13:00-16:00";
const hongKongToday = "09:30-12:00 13:00-16:00";

const peerErrors: readonly PeerError[] = [
  {
    exchange: "frankfurt",
    days: ["2000-06-02", "2003-10-31"],
    ours: "09:00-20:00",
    theirs: "09:00-17:30",
    why: "Xetra closed at 20:00 from June 2000 until it went back to 17:30 on 3 November 2003 (Deutsche Welle, that day)",
  },
  {
    exchange: "tokyo",
    days: ["2000-01-05", "2011-11-18"],
    ours: "09:00-11:00 12:30-15:00",
    theirs: "09:00-11:30 12:30-15:00",
    why: "the morning has ended at 11:30 since 21 November 2011, at 11:00 before (Reuters, 21 June 2011)",
  },
  {
    exchange: "tokyo",
    days: ["2006-01-19", "2006-04-21"],
    ours: "09:00-11:00 13:00-15:00",
    theirs: "09:00-11:30 12:30-15:00",
    why: "after Livedoor's fall the afternoon began half an hour later (BCN, 24 January 2006)",
  },
  {
    exchange: "tokyo",
    days: ["2000-01-04", "2009-01-05"],
    ours: "09:00-11:00",
    theirs: "09:00-11:30 12:30-15:00",
    why: "the first and the last day of a year had no afternoon until 30 December 2009 (Rakuten Securities)",
  },
  {
    exchange: "hong_kong",
    days: ["2000-01-03", "2011-03-04"],
    ours: hongKongOf2000,
    theirs: peersHongKongOf2000,
    why: "the hours until 7 March 2011 (HKEX, 23 November 2010)",
  },
  {
    exchange: "hong_kong",
    days: ["2011-03-07", "2012-03-02"],
    ours: "09:30-12:00 13:30-16:00",
    theirs: hongKongToday,
    why: "the break was cut in two steps, the second on 5 March 2012 (HKEX, 1 March 2012)",
  },
  {
    exchange: "hong_kong",
    days: ["2001-01-23", "2011-02-02"],
    ours: "10:00-12:30",
    theirs: peersHongKongOf2000,
    why: "the eve of the lunar new year has no afternoon, as the peer knows from 2014 on",
  },
  {
    exchange: "hong_kong",
    days: ["2008-06-25", "2009-09-15"],
    ours: "14:30-16:00",
    theirs: peersHongKongOf2000,
    why: "a typhoon left only the afternoon (comments in the peer's own source)",
  },
  {
    exchange: "hong_kong",
    days: ["2012-07-24", "2014-09-16"],
    ours: "13:00-16:00",
    theirs: hongKongToday,
    why: "a typhoon or a black rainstorm left only the afternoon (comments in the peer's own source)",
  },
  {
    exchange: "hong_kong",
    days: ["2020-08-19", "2021-06-28"],
    ours: "13:30-16:00",
    theirs: hongKongToday,
    why: "trading began at 13:30 after a typhoon and a black rainstorm (HKEX; the peer's issue 142)",
  },
  {
    exchange: "hong_kong",
    days: ["2023-10-09", "2023-10-09"],
    ours: "14:00-16:00",
    theirs: hongKongToday,
    why: "the signal of typhoon Koinu was lowered at 11:40 (South China Morning Post); trading begins two hours later",
  },
  {
    exchange: "hong_kong",
    days: ["2023-09-01", "2023-09-08"],
    ours: "closed",
    theirs: hongKongToday,
    why: "no trading under typhoon Saola and in a black rainstorm (HKEX; the peer's issue 600)",
  },
  {
    exchange: "hong_kong",
    days: ["2029-09-24", "2029-09-24"],
    ours: "closed",
    theirs: hongKongToday,
    why: "the day after the mid-autumn festival is a Sunday, and then the Monday is a holiday, as in 2022 (Cap. 149)",
  },
];

describe("calendars of exchanges", () => {
  for (const exchange of Object.values(stockExchanges)) {
    for (const code of codes[exchange.name]) {
      it(`${exchange.city} (${code}) has the peer's days and hours`, async () => {
        const { first, last } = exchangeYears;
        const theirs = await peer.sessions(code, `${first}-01-01`, `${last}-12-31`);
        const ours = ourSessions(exchange);
        const known = peerErrors.filter((error) => error.exchange === exchange.name);
        const met = new Set<PeerError>();
        const surprises: string[] = [];
        for (const day of new Set([...ours.keys(), ...theirs.keys()])) {
          const [our, their] = [ours, theirs].map((sessions) => clockTimes(exchange, sessions.get(day)));
          if (our === their) continue;
          const error = known.find(
            ({ days: [from, to], ours: wanted, theirs: wrong }) =>
              day >= from && day <= to && our === wanted && their === wrong,
          );
          if (error === undefined) surprises.push(`${day}: ${our} by us, ${their} by the peer`);
          else met.add(error);
        }
        assert.deepEqual(surprises, []);
        // An error that the peer has mended must leave the list.
        assert.deepEqual(
          known.filter((error) => !met.has(error)),
          [],
        );
      });
    }
  }
});

function ourSessions(exchange: Exchange): PeerSessions {
  const sessions = new Map<string, readonly (readonly [string, string])[]>();
  for (let year = exchangeYears.first; year <= exchangeYears.last; year += 1) {
    for (const { dateMs, parts } of tradingDaysOf(exchange, "regular", year))
      sessions.set(
        formatInstant(dateMs).slice(0, 10),
        parts.map(({ startMs, endMs }) => [formatInstant(startMs), formatInstant(endMs)] as const),
      );
  }
  return sessions;
}

/** `09:00-11:30 12:30-15:30`: equal for equal instants of one day. */
function clockTimes(exchange: Exchange, parts: readonly (readonly [string, string])[] | undefined): string {
  const clock = zoneClock(exchange.timeZone);
  const timeOf = (instant: string): string => {
    const instantMs = Date.parse(instant);
    return formatInstant(instantMs + clock.offsetMs(instantMs)).slice(11, 16);
  };
  return parts?.map(([from, to]) => `${timeOf(from)}-${timeOf(to)}`).join(" ") ?? "closed";
}
