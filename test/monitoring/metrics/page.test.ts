import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { metricsPage, page } from "../../../scripts/metrics-page.ts";

test("docs/metrics.md lists the metrics as `node scripts/metrics-page.ts` writes them", async () => {
  assert.equal(readFileSync(page, "utf8"), await metricsPage());
});
