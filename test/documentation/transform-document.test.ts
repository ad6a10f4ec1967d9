import { test } from "node:test";

import { Story } from "./story.ts";

test("docs/transform.md: its commands", async () => {
  await using story = await Story.open("docs/transform.md");
  for (const { text } of story.blocks("bash")) await story.bash(text);
});
