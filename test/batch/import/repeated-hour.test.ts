// The hour that comes twice when clocks are put back: which of two rows of one time is the earlier.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { imported } from "./import-workshop.ts";
import { sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

const hourMs = 3_600_000;
const startMs = Date.UTC(2024, 10, 3, 3);

interface Bar {
  readonly openMs: number;
  readonly line: string;
}

/** Bars as the clocks of New York show them; the volume of each is its number. */
function bars(count: number, stepMs: number): readonly Bar[] {
  return Array.from({ length: count }, (_, index) => {
    const openMs = startMs + index * stepMs;
    const wallMs = openMs - (openMs < Date.UTC(2024, 10, 3, 6) ? 4 : 5) * hourMs;
    const time = new Date(wallMs).toISOString().slice(0, 16).replace("T", " ");
    return { openMs, line: `${time},100,101,99,100.5,${index + 1}` };
  });
}

async function read(timeframe: string, rows: readonly Bar[]): Promise<Awaited<ReturnType<typeof imported>>> {
  const content = ["time,open,high,low,close,volume", ...rows.map(({ line }) => line)].join("\n");
  return imported("bars.csv", content, { assetPair: "BTCUSD", timeframe, timeZone: "America/New_York" });
}

function stored(all: readonly Bar[]): readonly string[] {
  return all.map(
    ({ openMs }, index) =>
      `BTCUSD ${new Date(openMs).toISOString().slice(0, 16)} 100 101 99 100.5 ${index + 1}`,
  );
}

for (const [timeframe, stepMs, count] of [
  ["1h", hourMs, 8],
  ["15m", hourMs / 4, 28],
  ["1m", hourMs / 60, 240],
] as const)
  test(`both hours of ${timeframe} come in at their instants, the oldest or the newest row first`, async () => {
    const all = bars(count, stepMs);
    assert.deepEqual((await read(timeframe, all)).rows, stored(all));
    assert.deepEqual((await read(timeframe, all.toReversed())).rows, stored(all));
  });

test("the two hours alone say which is which where they are shorter bars", async () => {
  const all = bars(28, hourMs / 4).filter(({ line }) => line.startsWith("2024-11-03 01:"));
  assert.equal(all.length, 8);
  const expected = all.map(({ openMs }) => new Date(openMs).toISOString().slice(0, 16));
  for (const rows of [all, all.toReversed()])
    assert.deepEqual(
      (await read("15m", rows)).rows.map((row) => row.slice(7, 23)),
      expected,
    );
});

test("in a file without an order the two rows are dead letters, and all others come in", async () => {
  const all = bars(8, hourMs);
  const shuffled = [5, 2, 7, 0, 3, 6, 1, 4].map((place) => all[place]).filter((bar) => bar !== undefined);
  const { rows, reasons } = await read("1h", shuffled);
  assert.equal(rows.length, 6);
  assert.match(reasons.join(), /comes twice in America\/New_York, and the rows around it are in no order/);
});
