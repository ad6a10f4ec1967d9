// Every indicator that TA-Lib has too, over bars that walk, jump and stand still: the same first value, and the same values
// but for what rounding does to them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { allIndicators } from "../src/indicators/all-indicators.ts";
import { mapBars, randomBars } from "../test/indicators/support/random-bars.ts";
import type { DoubleBars } from "../test/indicators/support/random-bars.ts";
import { taLibCases } from "../test/indicators/support/ta-lib-cases.ts";
import { askGoldens, goldensFile } from "./ta-lib-goldens.ts";
import { TaLib } from "./ta-lib.ts";

const peer = new TaLib();
after(() => peer.close());

const walk = randomBars(20_000, 1);
const inputs: Readonly<Record<string, DoubleBars>> = {
  "a random walk": walk,
  "prices of a millionth": mapBars(walk, (price) => Math.round(price * 100) / 1e8),
  "prices of ten millions": mapBars(walk, (price) => Math.round(price * 1e5)),
  "a walk that stands still for hours": mapBars(walk, (price, index) =>
    index % 500 > 300 ? 100 : Math.round(price * 100) / 100,
  ),
};

for (const [title, bars] of Object.entries(inputs)) {
  describe(title, () => {
    for (const {
      indicator: name,
      options,
      function: theirs,
      inputs: columns,
      parameters,
      outputs,
    } of taLibCases) {
      it(`${name} ${JSON.stringify(options)} as ${theirs}`, async () => {
        const indicator = allIndicators[name];
        assert.ok(indicator !== undefined);
        const ours = indicator.ofBars(bars, options);
        const expected = await peer.run(
          theirs,
          columns.map((column) => bars[column]),
          parameters,
        );
        for (const [place, output] of outputs.entries()) compare(output, ours[output], expected[place], bars);
      });
    }
  });
}

it("says what the stored values of the npm suite say", async () => {
  const goldens = await askGoldens(peer);
  assert.deepEqual(JSON.parse(await readFile(goldensFile, "utf8")), JSON.parse(JSON.stringify(goldens)));
});

/** Rounding differs: TA-Lib's running sums keep what every value left behind, ours begin anew once in a window. */
const tolerance = 1e-10;

function compare(
  output: string,
  ours: Float64Array | undefined,
  theirs: Float64Array | undefined,
  bars: DoubleBars,
): void {
  assert.ok(ours !== undefined && theirs !== undefined);
  assert.equal(ours.length, theirs.length);
  for (const [index, value] of theirs.entries()) {
    const other: number = ours[index] ?? Number.NaN;
    assert.equal(Number.isNaN(other), Number.isNaN(value), `${output}[${index}] is ${other}, not ${value}`);
    if (Number.isNaN(value)) continue;
    const unit = Math.max(Math.abs(value), unitOf(output, bars.close[index] ?? Number.NaN));
    assert.ok(Math.abs(other - value) <= tolerance * unit, `${output}[${index}] is ${other}, not ${value}`);
  }
}

/** What a difference is held against where the value itself is near zero: the price, or a hundred percent. */
function unitOf(output: string, close: number): number {
  return /^(macd|momentum|bb_)/.test(output) ? close : 100;
}
