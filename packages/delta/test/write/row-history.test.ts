import { test } from "node:test";
import * as fc from "fast-check";

import { runsOf, sampled } from "../../../../test/sampled.ts";
import { ModelledTable } from "../support/modelled-table.ts";
import type { FeatureSet } from "../support/modelled-table.ts";
import { historyOf } from "../support/random-history.ts";
import { describeStep, partitionKinds } from "../support/table-model.ts";
import type { KindName } from "../support/table-model.ts";

// A failure prints a seed and a path: { seed, path } as parameters of fc.assert run just that history again.
const histories = Number(process.env["RUNS"] ?? runsOf(1, 3));
const steps = 6;

const featureSets: readonly FeatureSet[] = [
  "no features",
  "deletion vectors",
  "column mapping by name",
  "column mapping by id",
  "change data feed",
  "vectors, ids, change data",
  "vectors, names, change data, V2 checkpoints",
];
const kinds: readonly KindName[] = ["none", "string", "date", "timestamp", "integer"];

const combinations = featureSets.flatMap((feature) => kinds.map((kindName) => [feature, kindName] as const));

for (const [feature, kindName] of sampled("row history", combinations, 4)) {
  test(`a table with ${feature}, partitioned by ${kindName}, goes through any history as its model does`, async (t) => {
    await fc.assert(
      fc.asyncProperty(historyOf(partitionKinds[kindName], steps), async (history) => {
        const modelled = await ModelledTable.create(t, feature, kindName);
        for (const step of history) {
          try {
            await modelled.take(step);
          } catch (error) {
            throw new Error(describeStep(step), { cause: error });
          }
        }
        await modelled.compareHistory();
      }),
      { numRuns: histories, endOnFailure: false },
    );
  });
}
