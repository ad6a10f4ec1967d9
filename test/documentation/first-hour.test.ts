import { test } from "node:test";

import { isElsewhere } from "./blocks.ts";
import { Story } from "./story.ts";

test("the first hour of the README goes as it says, and so does its program", async () => {
  await using story = await Story.open("README.md");
  for (const { text } of story.blocks("bash")) if (!isElsewhere("README.md", text)) await story.bash(text);
  await story.examples();
});
