import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";

import { allIndicators } from "../../src/indicators/all-indicators.ts";
import { goldenBars, goldenPlaces } from "./support/goldens.ts";
import type { Golden } from "./support/goldens.ts";
import { taLibCases } from "./support/ta-lib-cases.ts";

const goldensFile = join(import.meta.dirname, "ta-lib-goldens.json");
const goldens: readonly Golden[] = z
  .array(
    z.object({ function: z.string(), output: z.string(), first: z.number(), values: z.array(z.number()) }),
  )
  .parse(JSON.parse(readFileSync(goldensFile, "utf8")));

let place = 0;
for (const { indicator: name, options, function: theirs, outputs } of taLibCases) {
  for (const output of outputs) {
    const golden = goldens[place++];
    test(`${output} ${JSON.stringify(options)} is what TA-Lib's ${theirs} gave`, () => {
      assert.ok(golden !== undefined);
      assert.deepEqual([golden.function, golden.output], [theirs, output]);
      const series = allIndicators[name]?.ofBars(goldenBars, options)[output] ?? new Float64Array();
      assert.equal(
        series.findIndex((value) => !Number.isNaN(value)),
        golden.first,
      );
      for (const [index, at] of goldenPlaces(golden.first).entries()) {
        const [ours, expected] = [series[at] ?? Number.NaN, golden.values[index] ?? Number.NaN];
        assert.ok(
          Math.abs(ours - expected) <= 1e-10 * Math.max(1, Math.abs(expected)),
          `${at}: ${ours}, not ${expected}`,
        );
      }
    });
  }
}
