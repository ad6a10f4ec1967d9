// docs/events.md lists the channels and the fields that the code has, and the areas of FFE_DEBUG.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { deltaEvents } from "finance-feedback-delta";

import { eventDocument } from "../../scripts/event-document.ts";
import { debugAreas } from "../../src/debug-output.ts";
import { pipelineEvents } from "../../src/events/pipeline-events.ts";
import { root } from "./blocks.ts";

const text = readFileSync(join(root, "docs/events.md"), "utf8");

test("docs/events.md is what scripts/event-document.ts makes of the code", () => {
  assert.equal(text, eventDocument());
});

test("every channel has a heading, and fields", () => {
  for (const { name } of [...Object.values(deltaEvents), ...Object.values(pipelineEvents)])
    assert.match(text, new RegExp(`### \`${name}\`\n\n\`\\w+\`: [^\n]+\n\n- \`\\w+`));
});

test("the areas of FFE_DEBUG are listed with their channels", () => {
  for (const [area, channels] of Object.entries(debugAreas)) {
    const row = new RegExp(`^\\| \`${area}\` +\\|.*$`, "m").exec(text)?.[0] ?? "";
    for (const { name } of channels) assert.ok(row.includes(`\`${name.replace(/^.*:/, "")}\``), name);
  }
});
