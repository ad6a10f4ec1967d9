import assert from "node:assert/strict";
import { test } from "node:test";

import { pauseBy } from "../../src/store/pause.ts";

test("a pause takes its share of the longest time from the randomness that it is given", async () => {
  const longestMs = 100;
  const lengthOf = async (share: number): Promise<number> => {
    const start = performance.now();
    await pauseBy(() => share)(longestMs);
    return performance.now() - start;
  };
  // A timer may come a little early, and as late as it likes.
  assert.ok((await lengthOf(0.5)) > longestMs / 2 - 10);
  let asked = 0;
  await pauseBy(() => {
    asked += 1;
    return 0;
  })(longestMs);
  assert.equal(asked, 1);
});
