// docs/marts.md and dbt's properties describe the same columns, in the same words.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import * as z from "zod";

const root = join(import.meta.dirname, "../../..");
const column = z.object({ name: z.string(), description: z.string() });
const model = z.object({ name: z.string(), description: z.string(), columns: z.array(column).default([]) });
const properties = z.object({ models: z.array(model).default([]) });

const models = ["dbt/models/marts/_marts.yml", "dbt/models/silver/_records_silver.yml"].flatMap(
  (file) => properties.parse(parse(readFileSync(join(root, file), "utf8"))).models,
);

/** The rows of the table below each heading of the document, as column and description. */
function documentedColumns(): ReadonlyMap<string, readonly (readonly [string, string])[]> {
  const sections = readFileSync(join(root, "docs/marts.md"), "utf8").split(/^## /m);
  return new Map(
    sections.map((section) => {
      const rows = [...section.matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm)];
      const cells = rows.map(([, name = "", text = ""]) => [name, text.replaceAll("\\|", "|")] as const);
      return [section.split("\n", 1)[0] ?? "", cells] as const;
    }),
  );
}

const documented = documentedColumns();

for (const { name, columns } of models) {
  test(`docs/marts.md describes the columns of ${name} as dbt does`, () => {
    assert.ok(columns.length > 0);
    assert.deepEqual(
      documented.get(name),
      columns.map((each) => [each.name, each.description]),
    );
  });
}

test("every mart is described, and every description is of a model that is there", () => {
  const described = models.map(({ name }) => name).toSorted();
  const marts = globSync("dbt/models/marts/*.sql", { cwd: root });
  const silver = ["dbt/models/silver/decision_history.sql", "dbt/models/silver/trade_lifecycle.sql"];
  const files = [...marts, ...silver].map((file) => (file.split("/").at(-1) ?? "").replace(/\.sql$/, ""));
  assert.deepEqual(described, files.toSorted());
});
