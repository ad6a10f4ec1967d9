import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { marketCalendarSeeds } from "../../scripts/market-calendar-seeds.ts";

const seeds = join(import.meta.dirname, "../../dbt/seeds");

for (const [name, text] of Object.entries(marketCalendarSeeds())) {
  test(`dbt/seeds/${name} is what \`node scripts/market-calendar-seeds.ts\` writes`, () => {
    assert.equal(readFileSync(join(seeds, name), "utf8"), text);
  });
}
