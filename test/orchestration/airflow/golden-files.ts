// The DAG files of test/orchestration/airflow/golden. Run by itself, this file writes them anew.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { airflowFiles } from "../../../src/orchestration/airflow/airflow-files.ts";
import type { AirflowFile } from "../../../src/orchestration/airflow/airflow-files.ts";
import { airflowVersion } from "../../../src/orchestration/airflow/airflow-version.ts";
import { airflowRunners } from "../../../src/orchestration/airflow/runner-operators.ts";
import type { AirflowRunner } from "../../../src/orchestration/airflow/runner-operators.ts";
import {
  builtInPipelines,
  dailyMarketData,
} from "../../../src/orchestration/definition/built-in-pipelines.ts";
import type { PipelineDefinition } from "../../../src/orchestration/definition/pipeline-definition.ts";
import { definePipeline } from "../../../src/orchestration/index.ts";

const folder = join(import.meta.dirname, "golden");

/** Everything that a definition can say, with texts that mean something to Python, Jinja and shells. */
const everything = definePipeline({
  name: "import",
  description: `Ends """ and ' and " and \\ here\n{{ dag_run.conf }} {% raw %} # \u202e`,
  schedule: "30 2 L jan,Jul *",
  timeZone: "Europe/Berlin",
  deadline: "90m",
  maxActiveRuns: 3,
  overlap: "allow",
  catchUp: "all",
  parameters: { desk: "{{ 1 }}", class: `"""`, date: "never seen" },
  tasks: [
    { id: "def", run: ["ffe", "backfill", "--end", "{next_date}"], fanOut: "assets", retries: [7, 3] },
    { id: "dag", run: ["report.sh", "{date} {desk} {Other}", "{{ ds }}", "a\n'\"b"], retries: [] },
    {
      id: "all_tasks_succeeded",
      run: ["ffe", "backfill", "--assets", "BTCUSD"],
      fanOut: "assets",
      dependsOn: ["def", "dag"],
      trigger: "all_done",
      pool: "reports",
      daysOfMonth: [1, 7],
      retries: ["1m", "1m"],
      outlets: ["gold.mart_a", "s3://bucket/key", `od"d. {{ x }}`],
    },
  ],
});

export const goldens: readonly { readonly place: string; readonly files: readonly AirflowFile[] }[] = [
  golden("local", "3.1", builtInPipelines),
  ...airflowRunners.map((runner) => golden(runner, "3.3", [dailyMarketData])),
  {
    place: "everything",
    files: airflowFiles([everything], {
      runner: "local",
      version: versionOf("3.3"),
      deadline: "queued_at",
      startDate: "2026-03-01",
      assets: ["BTCUSD", `"{{ x }}`],
      generator: "ffe",
    }).filter(({ folder: place }) => place === "dags"),
  },
];

function golden(
  runner: AirflowRunner,
  version: string,
  pipelines: readonly PipelineDefinition[],
): (typeof goldens)[number] {
  const files = airflowFiles(pipelines, {
    runner,
    version: versionOf(version),
    deadline: "logical_date",
    assets: ["BTCUSD", "EURUSD"],
    generator: `ffe, --runner ${runner}`,
  });
  // The module for plugins is the same for all.
  return {
    place: `${runner}-${version}`,
    files: files.filter(({ folder: place }) => place === "dags" || version === "3.1"),
  };
}

export function goldenPath(place: string, { name }: AirflowFile): string {
  return join(folder, place, name);
}

function versionOf(text: string): NonNullable<ReturnType<typeof airflowVersion>> {
  const version = airflowVersion(text);
  if (version === undefined) throw new Error(text);
  return version;
}

if (import.meta.main) {
  rmSync(folder, { recursive: true, force: true });
  for (const { place, files } of goldens) {
    mkdirSync(join(folder, place), { recursive: true });
    for (const file of files) writeFileSync(goldenPath(place, file), file.text);
  }
}
