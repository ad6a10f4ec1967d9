// A project that uses all of dbt's context, and what dbt-core 1.11.16 with dbt-duckdb 1.11.1 compiled of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";

import { NodeCompiler } from "../../../src/transform/context/node-compiler.ts";
import { renderAnswered } from "../../../src/transform/context/query-request.ts";
import { emptyEngine } from "./support/engines.ts";
import { invocation, projectOf } from "./support/project-files.ts";

const { files, compiled } = z
  .object({ files: z.record(z.string(), z.string()), compiled: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "compiled-by-dbt.json"), "utf8")));

const project = projectOf(files);
const compiler = new NodeCompiler(project, invocation);

for (const [id, expected] of Object.entries(compiled)) {
  test(`${id} compiles to dbt's SQL, byte for byte`, async () => {
    const node = project.nodes.get(id);
    assert.ok(node !== undefined);
    const { sql } = await renderAnswered((answers) => compiler.compile(node, answers), emptyEngine);
    assert.equal(sql, expected);
  });
}

test("every node of the project is one of dbt's", () => {
  assert.deepEqual([...project.nodes.keys()].toSorted(), Object.keys(compiled).toSorted());
});
