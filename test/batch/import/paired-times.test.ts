// A file with an epoch beside its dates: both have to say the same in every row.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import type { ImportRequest } from "../../../src/index.ts";
import { imported } from "./import-workshop.ts";
import { sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

const hourMs = 3_600_000;
const firstMs = Date.UTC(2024, 9, 26, 20);
const count = 40;

interface Row {
  readonly unix: string | number;
  readonly date: string;
}

/** Hours over the end of summer time in Europe, in the order of CryptoDataDownload. */
function file(rowOf: (openMs: number, index: number) => Row, header = "unix,date"): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const { unix, date } = rowOf(firstMs + index * hourMs, index);
    return `${unix},${date},100,101,99,100.5,${index + 1}`;
  });
  return [`${header},open,high,low,close,volume`, ...lines].join("\n");
}

const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
const dayFirst = (ms: number): string => {
  const [year, month, date] = iso(ms).slice(0, 10).split("-");
  return `${date}/${month}/${year} ${iso(ms).slice(11)}`;
};
const hour: Partial<ImportRequest> = { assetPair: "BTCUSD", timeframe: "1h" };

test("rows whose epoch and date agree come in, in seconds, milliseconds or both by turns", async () => {
  for (const unit of [() => 1000, () => 1, (index: number) => (index % 2 === 0 ? 1000 : 1)]) {
    const { rows, result } = await imported(
      "bars.csv",
      file((ms, index) => ({ unix: ms / unit(index), date: iso(ms) })),
      hour,
    );
    assert.equal(rows.length, count);
    assert.equal(rows[0], "BTCUSD 2024-10-26T20:00 100 101 99 100.5 1");
    assert.match(result.readings[0]?.notes.join() ?? "", /date was held against its unix, in UTC/);
  }
});

test("a row that says two times is a dead letter", async () => {
  const { rows, reasons } = await imported(
    "bars.csv",
    file((ms, index) => ({ unix: index === 7 ? ms / 1000 - 3600 : ms / 1000, date: iso(ms) })),
    hour,
  );
  assert.equal(rows.length, count - 1);
  assert.deepEqual(reasons, ["its two times disagree"]);
});

test("dates made of seconds as though they were milliseconds are refused, with both readings", async () => {
  const bars = file((ms) => ({ unix: ms / 1000, date: iso(Math.floor(ms / 1000 / 60_000) * 60_000) }));
  await assert.rejects(
    imported("bars.csv", bars, hour),
    /columns date and unix disagree.*1970-01-21.*unix 1729972800 is 2024-10-26T20:00:00Z.*--columns time=unix/s,
  );
  const { rows } = await imported("bars.csv", bars, { ...hour, columns: { time: "unix" } });
  assert.equal(rows.length, count);
});

test("dates of another clock than UTC are a question, and a zone answers it, in the hour that comes twice too", async () => {
  const berlin = file((ms) => ({
    unix: ms / 1000,
    date: iso(ms + (ms < Date.UTC(2024, 9, 27, 1) ? 2 : 1) * hourMs),
  }));
  await assert.rejects(imported("bars.csv", berlin, hour), /date and unix disagree.*--timezone Europe/s);
  const { rows, reasons } = await imported("bars.csv", berlin, { ...hour, timeZone: "Europe/Berlin" });
  assert.deepEqual([rows.length, reasons], [count, []]);
  const shifted = file((ms) => ({ unix: ms / 1000, date: iso(ms + 8 * hourMs) }));
  await assert.rejects(imported("bars.csv", shifted, hour), /date is 8 h ahead in every row/);
});

test("the epochs tell the zone of a stock's dates, and which number of a date is the month", async () => {
  const stock = [
    "timestamp,datetime,open,high,low,close,volume",
    ...[0, 1, 2].map((index) => {
      const ms = Date.UTC(2024, 2, 4, 15, 30) + index * hourMs;
      return `${ms},2024-03-04 ${10 + index}:30:00,100,101,99,100.5,7`;
    }),
  ].join("\n");
  const hours = await imported("bars.csv", stock, { assetPair: "MSFT", timeframe: "1h" });
  assert.equal(hours.rows[0], "MSFT 2024-03-04T15:30 100 101 99 100.5 7");
  const months = await imported(
    "bars.csv",
    file((ms) => ({ unix: ms - 20 * 86_400_000, date: dayFirst(ms - 20 * 86_400_000) })),
    hour,
  );
  assert.equal(months.rows[0], "BTCUSD 2024-10-06T20:00 100 101 99 100.5 1");
});

test("days may stand beside the instant of their session", async () => {
  const days = [
    "Date,timestamp,Open,High,Low,Close,Volume",
    "2024-03-04,1709562600,100,101,99,100.5,7",
    "2024-03-05,1709649000,100,101,99,100.5,7",
  ].join("\n");
  const { rows } = await imported("days.csv", days, { assetPair: "MSFT", timeframe: "1d" });
  assert.deepEqual(
    rows.map((row) => row.slice(0, 15)),
    ["MSFT 2024-03-04", "MSFT 2024-03-05"],
  );
  const off = days.replace("2024-03-04", "2024-03-03").replace("2024-03-05", "2024-03-04");
  await assert.rejects(
    imported("days.csv", off, { assetPair: "MSFT", timeframe: "1d" }),
    /Date and timestamp disagree/,
  );
});

const both = (header: string, hours: number): string => {
  const lines = Array.from({ length: count }, (_, index) => {
    const openMs = firstMs + index * hourMs;
    return `${iso(openMs)},100,101,99,100.5,${index + 1},${iso(openMs + hourMs - 1000)},${iso(openMs + hours * hourMs)}`;
  });
  return [header, ...lines].join("\n");
};

test("two columns of written times that differ are a question in either order, and --columns answers it", async () => {
  for (const header of [
    "Open time,Open,High,Low,Close,Volume,Close time,Date",
    "Date,Open,High,Low,Close,Volume,Close time,Open time",
  ]) {
    await assert.rejects(imported("bars.csv", both(header, 2), hour), /Date .*Open time|Open time .*Date/);
    const first = header.split(",")[0] ?? "";
    const { rows } = await imported("bars.csv", both(header, 2), { ...hour, columns: { time: first } });
    assert.equal(rows[0], "BTCUSD 2024-10-26T20:00 100 101 99 100.5 1");
    assert.equal((await imported("bars.csv", both(header, 0), hour)).rows.length, count);
  }
});
