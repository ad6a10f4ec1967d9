// Our templates beside Jinja2 itself. The constructs are compared by their stored answers, in `npm test`; here those must
// be what Jinja2 says today. What fast-check makes up is compared directly.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, it } from "node:test";
import * as fc from "fast-check";
import { parseTemplate } from "../src/transform/jinja/template.ts";
import { TemplateError } from "../src/transform/jinja/template-error.ts";
import { madeUpTemplate } from "../test/transform/jinja/made-up-templates.ts";
import { askGoldens, goldensFile } from "./jinja-goldens.ts";
import { Jinja } from "./jinja.ts";

const peer = new Jinja();
after(() => peer.close());

it("says what the stored answers of the npm suite say", async () => {
  assert.deepEqual(JSON.parse(await readFile(goldensFile, "utf8")), await askGoldens(peer));
});

it("renders made-up templates as Jinja2 does, and fails where it fails", async () => {
  const templates = fc.sample(madeUpTemplate, { numRuns: 3000, seed: 20 });
  const answers = await peer.render(templates, {});
  for (const [index, template] of templates.entries()) {
    const answer = answers[index];
    assert.ok(answer !== undefined);
    assert.equal(rendered(template), "text" in answer ? answer.text : undefined, template);
  }
});

function rendered(template: string): string | undefined {
  try {
    return parseTemplate(template, "template").render(new Map());
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}
