import assert from "node:assert/strict";
import { test } from "node:test";

import { Story } from "./story.ts";

test("docs/transform.md: its commands and its program", async () => {
  await using story = await Story.open("docs/transform.md");
  for (const { text } of story.blocks("bash")) await story.bash(text);
  const printed = await story.examples();
  assert.match(printed, /^market_data_enriched: success, \d+ rows\nSilver is up to date$/m);
});
