import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { indicatorPage, page } from "../../scripts/indicator-page.ts";

test("docs/indicators.md is what `node scripts/indicator-page.ts` writes", async () => {
  assert.equal(readFileSync(page, "utf8"), await indicatorPage());
});
