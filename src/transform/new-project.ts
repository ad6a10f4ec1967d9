import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";

import { builtInProject } from "./built-in-project.ts";
import { TransformError } from "./transform-error.ts";

/**
 * Makes a dbt project that has the models of ffe as a package, and a first model of its own over them.
 *
 * @returns the files, relative to the folder.
 * @throws TransformError `PROJECT_EXISTS` where one of the files is there already: none is replaced.
 */
export async function makeProject(folder: string, asked?: string): Promise<readonly string[]> {
  const name = asked ?? nameOf(folder);
  if (!/^[a-z_][a-z0-9_]*$/.test(name) || name === "ffe")
    throw new TransformError(
      "INVALID_CONFIG",
      `${JSON.stringify(name)} cannot be the name of a project: small letters, digits and "_" can, and ffe is taken`,
      { nextStep: "Give another one with --name." },
    );
  const files = filesOf(name, packagePath(folder));
  for (const [path, text] of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    try {
      await writeFile(file, text, { flag: "wx" });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      throw new TransformError("PROJECT_EXISTS", `${file} exists already, and was kept`, {
        cause: error,
        nextStep: "Give another folder, or move the file away.",
      });
    }
  }
  return files.map(([path]) => path);
}

function nameOf(folder: string): string {
  return basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "_")
    .replace(/^(\d)/, "_$1");
}

/** Where the package lies; dbt-core installs it by `dbt deps`, and this engine reads it in its place. */
function packagePath(folder: string): string {
  return relative(resolve(folder), builtInProject).split("\\").join("/");
}

function filesOf(name: string, packageFolder: string): readonly (readonly [path: string, text: string])[] {
  return [
    [
      "dbt_project.yml",
      `name: ${name}
version: "1.0.0"
config-version: 2
profile: ffe

model-paths: [models]
macro-paths: [macros]
seed-paths: [seeds]
snapshot-paths: [snapshots]
test-paths: [tests]

vars:
  # Variables of the models of ffe, such as the risk-free rate:
  ffe:
    risk_free_annual: 0

models:
  ${name}:
    # The layer, or a schema of your own.
    +schema: gold
    +materialized: table
`,
    ],
    [
      "packages.yml",
      `# The models of ffe. dbt-core installs them by dbt deps; ffe transform reads them where they lie.
packages:
  - local: ${JSON.stringify(packageFolder)}
`,
    ],
    [
      "models/daily_closes.sql",
      `-- The last bar of each day with its regime, per asset.
select
    asset_pair,
    timestamp as day,
    close,
    rsi_14,
    regime
from {{ ref('ffe', 'market_data_enriched') }}
where timeframe = '1d'
`,
    ],
    [
      "models/daily_closes.yml",
      `models:
  - name: daily_closes
    description: One row for each asset and day.
    columns:
      - name: close
        description: The last price of the day.
        data_tests: [not_null]
`,
    ],
    [
      "macros/generate_schema_name.sql",
      `{# A schema is called what the config says: gold, not silver_gold. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name is not none else target.schema }}
{%- endmacro %}
`,
    ],
    [".gitignore", "target/\ndbt_packages/\nlogs/\n"],
  ];
}
