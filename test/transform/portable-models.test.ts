// The SQL of every model of ours as another engine gets it, of a first run and of an incremental one.
import assert from "node:assert/strict";
import { test } from "node:test";

import type { TemplateEngine } from "../../src/transform/context/query-request.ts";
import { emptyEngine } from "./context/support/engines.ts";
import { compiledProject } from "./support/compiled-project.ts";
import { portabilityProblems } from "./support/portable-sql.ts";

/** Every table is there, so incremental models look for what is new. */
const laterEngine: TemplateEngine = { ...emptyEngine, relationType: () => Promise.resolve("table") };

for (const [run, engine] of [
  ["a first run", emptyEngine],
  ["an incremental run", laterEngine],
] as const)
  test(`no model says in ${run} what DuckDB and Spark read differently`, async () => {
    // What is wrong in one of them alone is in a macro that is dispatched, and written for that one.
    const duckDb = await compiledProject(["duckdb", "default"], engine);
    const spark = await compiledProject(["spark", "default"], engine);
    const problems = [...duckDb].flatMap(([id, { compiledSql }]) => {
      const inSpark = problemTexts(spark.get(id)?.compiledSql);
      return [...problemTexts(compiledSql)]
        .filter((problem) => inSpark.has(problem))
        .map((problem) => `${id}: ${problem}`);
    });
    assert.ok(duckDb.size > 30, "the models are there");
    assert.deepEqual(problems, []);
  });

function problemTexts(sql: string | undefined): ReadonlySet<string> {
  return new Set(portabilityProblems(sql ?? "").map(({ rule, text }) => `${rule}: ${text}`));
}
