// Whose clocks a file's times are: by the market's week, by the name of the column, or a question.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import type { ImportRequest } from "../../../src/index.ts";
import { fxWeek } from "../../../src/market/calendars/foreign-exchange.ts";
import { imported } from "./import-workshop.ts";
import { sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

const hourMs = 3_600_000;
const euro: Partial<ImportRequest> = { assetPair: "EURUSD", timeframe: "1h" };

/** The wall clock of a zone, some hours ahead, as a text. */
function clockOf(zone: string, aheadHours = 0): (ms: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "short",
    hourCycle: "h23",
  });
  return (ms) => format.format(ms + aheadHours * hourMs);
}

/** All hours of the market in a range. */
function openHours(start: string, end: string): readonly number[] {
  const range = { startMs: Date.parse(start), endMs: Date.parse(end) };
  return fxWeek
    .openRanges(range)
    .flatMap(({ startMs, endMs }) =>
      Array.from({ length: Math.ceil((endMs - startMs) / hourMs) }, (_, index) => startMs + index * hourMs),
    );
}

function file(hours: readonly number[], textOf: (ms: number) => string, name = "time"): string {
  const lines = hours.map((ms) => `${textOf(ms)},1.1,1.2,1,1.15,5`);
  return [`${name},open,high,low,close,volume`, ...lines].join("\n");
}

const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16);
const opens = (rows: readonly string[]): readonly string[] => rows.map((row) => row.split(" ")[1] ?? "");

/** From winter into summer: New York puts its clocks forward on 10 March, Europe on the 31st. */
const spring = openHours("2024-02-12", "2024-05-03");
const winter = openHours("2024-01-15", "2024-02-10");
const summer = openHours("2024-06-03", "2024-07-06");

test("times of currencies are UTC where their weeks open and close as the market does by UTC", async () => {
  for (const hours of [spring, winter, summer, openHours("2024-06-02T12:00:00Z", "2024-06-08")]) {
    const { rows, result } = await imported("fx.csv", file(hours, clockOf("UTC")), euro);
    assert.deepEqual(opens(rows), hours.map(iso));
    assert.match(result.readings[0]?.timeZone ?? "", /^UTC, as its weeks show/);
  }
});

test("by other clocks they are a question that names the clocks which show the market's week", async () => {
  for (const [zone, ahead, hint] of [
    ["Europe/Athens", 0, /--timezone Europe\/Athens \(EET\)/],
    ["America/New_York", 7, /--timezone America\/New_York\+7/],
    ["America/New_York", 0, /--timezone America\/New_York it does/],
    ["Europe/London", 0, /--timezone Europe\/London/],
    ["Etc/GMT+5", 0, /--timezone UTC-5/],
    ["Asia/Tokyo", 0, /--timezone Asia\/Tokyo/],
  ] as const) {
    await assert.rejects(imported("fx.csv", file(spring, clockOf(zone, ahead)), euro), {
      code: "INVALID_ARGUMENT",
      message: hint,
    });
  }
});

test("a file of currencies that shows no weekend, or none as the market has it, is a question", async () => {
  const days = openHours("2024-06-03T06:00:00Z", "2024-06-06");
  await assert.rejects(imported("fx.csv", file(days, clockOf("UTC")), euro), {
    message: /names? no zone.*No weekend of the market lies between its bars/,
  });
  const weekdays = spring.filter((ms) => ![0, 6].includes(new Date(ms).getUTCDay()));
  await assert.rejects(imported("fx.csv", file(weekdays, clockOf("UTC")), euro), {
    message: /A week of it opens on Monday, 2024-02-19 00:00: by UTC the market does not open then/,
  });
  const always = Array.from({ length: 24 * 21 }, (_, hour) => Date.UTC(2024, 5, 3) + hour * hourMs);
  await assert.rejects(imported("fx.csv", file(always, clockOf("UTC")), euro), { message: /no zone/ });
});

/** The starts of bars of four hours by a zone's clock. */
function fourHours(hours: readonly number[], textOf: (ms: number) => string): readonly string[] {
  const texts = hours.map(textOf);
  return [...new Set(texts.map((text) => `${text.slice(0, 11)}${hourText(Number(text.slice(11, 13)))}`))];
}

function hourText(hour: number): string {
  return `${String(hour - (hour % 4)).padStart(2, "0")}:00`;
}

test("bars of four hours are stored by UTC's grid or by their market's, and asked about by clocks of both", async () => {
  const slow: Partial<ImportRequest> = { assetPair: "EURUSD", timeframe: "4h" };
  const text = (textOf: (ms: number) => string): string => {
    const lines = fourHours(spring, textOf).map((time) => `${time},1.1,1.2,1,1.15,5`);
    return ["time,open,high,low,close,volume", ...lines].join("\n");
  };
  const serverClock = clockOf("America/New_York", 7);
  await assert.rejects(imported("fx.csv", text(clockOf("UTC")), slow), {
    message: /as it does by --timezone UTC\. Say whose they are/,
  });
  await assert.rejects(imported("fx.csv", text(serverClock), slow), {
    message: /by UTC the market does not open then, and by .*--timezone America\/New_York\+7 it does/,
  });
  const { rows } = await imported("fx.csv", text(clockOf("UTC")), { ...slow, timeZone: "UTC" });
  assert.equal(rows.length, fourHours(spring, clockOf("UTC")).length);
  const ofServer = await imported("fx.csv", text(serverClock), { ...slow, timeZone: "America/New_York+7" });
  // From 17:00 in New York on, which is 22:00 of UTC, and 21:00 from the tenth of March on.
  const weekStarts = opens(ofServer.rows).filter((open) => /T2[12]:/.test(open));
  assert.equal(ofServer.rows.length, fourHours(spring, serverClock).length);
  assert.equal(weekStarts.at(0), "2024-02-11T22:00");
  assert.equal(weekStarts.at(-1), "2024-05-02T21:00");
  assert.match(ofServer.result.warnings.join(), /off the grid of UTC/);
});

test("a header's zone is held against the market's week", async () => {
  const servers = file(spring, clockOf("America/New_York", 7), "Time (UTC)");
  await assert.rejects(imported("fx.csv", servers, euro), {
    message:
      /its column says UTC.*Monday, 2024-02-19 00:00; by --timezone America\/New_York\+7 it opens then/,
  });
  const { rows } = await imported("fx.csv", servers, { ...euro, timeZone: "America/New_York+7" });
  assert.deepEqual(opens(rows), spring.map(iso));
  // Weeks that begin late show no other clock, so that the header counts.
  const late = spring.filter((ms) => new Date(ms).getUTCDay() !== 0 && (ms / hourMs) % 24 > 5);
  assert.equal(
    (await imported("fx.csv", file(late, clockOf("UTC"), "Time (UTC)"), euro)).rows.length,
    late.length,
  );
});

test("one late summer week by London's clock among winter ones is no UTC", async () => {
  const hours = openHours("2024-01-08", "2024-04-06");
  await assert.rejects(imported("fx.csv", file(hours, clockOf("Europe/London")), euro), {
    message: /--timezone Europe\/London/,
  });
});

test("a zone may be a name, hours from UTC, or hours from a name", async () => {
  for (const [timeZone, zone, ahead] of [
    ["Europe/Athens", "Europe/Athens", 0],
    ["America/New_York+7", "America/New_York", 7],
    ["UTC+2", "Etc/GMT-2", 0],
    ["-05:00", "Etc/GMT+5", 0],
    ["Etc/GMT+5", "Etc/GMT+5", 0],
  ] as const) {
    const { rows } = await imported("fx.csv", file(spring, clockOf(zone, ahead)), { ...euro, timeZone });
    assert.deepEqual(opens(rows), spring.map(iso), timeZone);
  }
  await assert.rejects(imported("fx.csv", file(spring, clockOf("UTC")), { ...euro, timeZone: "UTC+20" }), {
    message: /"UTC\+20" is not a time zone/,
  });
});

test("days of currencies that an hour labels are trading days by UTC, by New York's clock, or a question", async () => {
  const days = Array.from({ length: 60 }, (_, day) => Date.UTC(2024, 1, 12) + day * 24 * hourMs).filter(
    (ms) => ![0, 6].includes(new Date(ms).getUTCDay()),
  );
  const closes = days.map((day) => {
    const isSummer = day > Date.UTC(2024, 2, 10);
    return day - (isSummer ? 3 : 2) * hourMs;
  });
  const daily = { ...euro, timeframe: "1d" };
  const { rows } = await imported("fx.csv", file(closes, clockOf("UTC")), daily);
  assert.deepEqual(opens(rows), days.map(iso));
  const local = file(closes, clockOf("America/New_York"));
  await assert.rejects(imported("fx.csv", local, daily), {
    message: /By --timezone America\/New_York its days begin at 17:00/,
  });
  const said = await imported("fx.csv", local, { ...daily, timeZone: "America/New_York" });
  assert.deepEqual(opens(said.rows), days.map(iso));
});

const bitcoin: Partial<ImportRequest> = { assetPair: "BTCUSD", timeframe: "1h" };

test("the zone that the name of a column says is the zone of its times", async () => {
  const hours = Array.from({ length: 30 }, (_, hour) => Date.UTC(2024, 6, 13) + hour * hourMs);
  for (const [name, zone] of [
    ["Time (UTC)", "UTC"],
    ["timestamp_utc", "UTC"],
    ["Gmt time", "UTC"],
    ["utc_datetime", "UTC"],
    ["UTC", "UTC"],
    ["Date (America/New_York)", "America/New_York"],
    ["Date [America/New_York]", "America/New_York"],
    ["Time (UTC+2)", "Etc/GMT-2"],
    ["time GMT-5", "Etc/GMT+5"],
    ["Time (ET)", "America/New_York"],
    ["datetime_jst", "Asia/Tokyo"],
    ["Open time (London)", "Europe/London"],
  ] as const) {
    const { rows } = await imported("bars.csv", file(hours, clockOf(zone), name), bitcoin);
    assert.deepEqual(opens(rows), hours.map(iso), name);
  }
});

function hoursIn(month: number): readonly number[] {
  return Array.from({ length: 30 }, (_, hour) => Date.UTC(2024, month, 13) + hour * hourMs);
}

test("an abbreviation of several meanings is taken where they agree, and else a question", async () => {
  for (const [name, zone] of [
    ["Time (EET)", "Europe/Athens"],
    ["time_est", "America/New_York"],
    ["CET time", "Europe/Berlin"],
  ] as const) {
    const { rows } = await imported("bars.csv", file(hoursIn(0), clockOf(zone), name), bitcoin);
    assert.deepEqual(opens(rows), hoursIn(0).map(iso), name);
    await assert.rejects(imported("bars.csv", file(hoursIn(6), clockOf(zone), name), bitcoin), {
      message: /the name of its column says (?:EET|est|CET), which has several meanings.*--timezone/i,
    });
  }
  // Currencies show by their weeks which of them is meant.
  const { rows } = await imported("fx.csv", file(spring, clockOf("Europe/Athens"), "Time (EET)"), euro);
  assert.deepEqual(opens(rows), spring.map(iso));
});

test("clocks that only the file's author knows are a question", async () => {
  const hours = Array.from({ length: 30 }, (_, hour) => Date.UTC(2024, 6, 13) + hour * hourMs);
  for (const name of ["Local time", "Time (local)", "server_time", "Time (XYZ)", "Time (CST)", "time_ist"])
    await assert.rejects(imported("bars.csv", file(hours, clockOf("UTC"), name), bitcoin), {
      message: /name no zone|several meanings/,
    });
});

test("of two columns of one time the one of UTC is read, and --columns takes the other", async () => {
  const hours = Array.from({ length: 30 }, (_, hour) => Date.UTC(2024, 6, 13) + hour * hourMs);
  const [utc, local] = [clockOf("UTC"), clockOf("America/New_York")];
  const content = file(hours, (ms) => `${local(ms)},${utc(ms)}`, "Time (America/New_York),Time (UTC)");
  for (const columns of [undefined, { time: "Time (America/New_York)" }]) {
    const { rows } = await imported("bars.csv", content, { ...bitcoin, columns });
    assert.deepEqual(opens(rows), hours.map(iso));
  }
});
