// The oldest TypeScript that the README promises takes the types of the packed package. It is installed here: beside the
// project's own it would take the name tsc.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import * as z from "zod";

import { moduleModes, PackedProject } from "../test/package/packed-project.ts";

const compiler = join(import.meta.dirname, "node_modules/typescript");
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(compiler, "package.json"), "utf8")));

describe(`TypeScript ${version}`, () => {
  const project = new PackedProject();
  after(() => project[Symbol.dispose]());

  for (const mode of moduleModes)
    it(`takes the types with module ${mode.module} and moduleResolution ${mode.moduleResolution}`, () => {
      project.checkTypes(compiler, mode);
    });

  it("is the one that the README names", () => {
    const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
    const named = /TypeScript (\d+\.\d+) or newer/.exec(readme)?.[1];
    assert.equal(version.split(".").slice(0, 2).join("."), named);
  });
});
