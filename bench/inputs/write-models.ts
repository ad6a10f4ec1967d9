/** A project of many models, each of which refers to some before it, has a test, and calls a macro. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { option } from "../contestants/contestant.ts";

const modelCount = Number(option("models"));
const modelsInFile = 50;
const project = join(option("folder"), "project");
const profile = join(option("folder"), "profile");

write(
  join(project, "dbt_project.yml"),
  `name: many
version: "1.0"
profile: many
models:
  many:
    +materialized: table
`,
);
write(
  join(project, "macros", "rounded.sql"),
  "{% macro rounded(column, digits=2) %}round({{ column }}, {{ digits }}){% endmacro %}\n",
);
for (let model = 0; model < modelCount; model += 1) write(pathOf(model, "sql"), sqlOf(model));
for (let first = 0; first < modelCount; first += modelsInFile)
  write(join(project, "models", folderOf(first), "models.yml"), propertiesOf(first));
write(
  join(profile, "profiles.yml"),
  JSON.stringify({
    many: {
      target: "lake",
      outputs: {
        lake: {
          type: "duckdb",
          path: "{{ env_var('RUN_FOLDER') }}/lake.duckdb",
          schema: "silver",
          threads: 2,
        },
      },
    },
  }),
);

function sqlOf(model: number): string {
  if (model < modelsInFile) return `select ${model} as id, {{ rounded("1.234") }} as amount\n`;
  const parents = [model - modelsInFile, model - modelsInFile + (model % 7)].filter(
    (parent) => parent < model,
  );
  const reads = parents.map((parent) => `select id, amount from {{ ref("model_${parent}") }}`);
  return `{{ config(tags=["part_${model % 10}"]) }}
with parents as (
    ${reads.join("\n    union all\n    ")}
)
select
    id,
    {% for digits in range(1, 4) -%}
    {{ rounded("amount", digits) }} as amount_{{ digits }},
    {% endfor -%}
    amount
from parents
{% if var("only_large", false) %}where amount > 100{% endif %}
`;
}

function propertiesOf(first: number): string {
  const models = Array.from(
    { length: Math.min(modelsInFile, modelCount - first) },
    (_, index) => first + index,
  );
  const entries = models.map(
    (model) => `  - name: model_${model}
    description: The ${model}th of many.
    columns:
      - name: id
        data_tests: [not_null]
`,
  );
  return `version: 2\nmodels:\n${entries.join("")}`;
}

function pathOf(model: number, ending: string): string {
  return join(project, "models", folderOf(model), `model_${model}.${ending}`);
}

function folderOf(model: number): string {
  return `part_${Math.floor(model / modelsInFile)}`;
}

function write(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}
