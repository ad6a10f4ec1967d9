import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";

import { airflowFiles } from "../../../src/orchestration/airflow/airflow-files.ts";
import { cronProblem } from "../../../src/orchestration/airflow/airflow-cron.ts";
import { airflowDag } from "../../../src/orchestration/airflow/airflow-dag.ts";
import { airflowRetries } from "../../../src/orchestration/airflow/airflow-retries.ts";
import { airflowVersion } from "../../../src/orchestration/airflow/airflow-version.ts";
import type { AirflowVersion } from "../../../src/orchestration/airflow/airflow-version.ts";
import { airflowRunners } from "../../../src/orchestration/airflow/runner-operators.ts";
import { builtInPipelines } from "../../../src/orchestration/definition/built-in-pipelines.ts";
import type { PipelineDefinition } from "../../../src/orchestration/definition/pipeline-definition.ts";
import { definePipeline } from "../../../src/orchestration/index.ts";
import type { TaskInput, Trigger } from "../../../src/orchestration/index.ts";
import { goldenPath, goldens } from "./golden-files.ts";
import { readDag, readSeconds, readText, readTexts } from "./read-dag.ts";

test("the files are those of test/orchestration/airflow/golden; golden-files.ts writes them anew", () => {
  for (const { place, files } of goldens)
    for (const file of files)
      assert.equal(file.text, readFileSync(goldenPath(place, file), "utf8"), `${place}/${file.name}`);
});

test("a file says of tasks, order, retries, timeouts and schedule what the embedded scheduler goes by", () => {
  fc.assert(
    fc.property(
      definitions,
      fc.constantFrom(...airflowRunners),
      fc.array(fc.string({ minLength: 1, unit: hostile }), { maxLength: 3 }),
      (definition, runner, assets) => {
        const files = airflowFiles([definition], {
          runner,
          version: version("3.3"),
          deadline: "logical_date",
          startDate: "2026-02-03",
          assets,
          generator: "ffe",
        });
        assert.equal(files[0]?.name, `${definition.name}_pipeline.py`);
        sameAs(definition, files[0]?.text ?? "", assets);
      },
    ),
  );
});

test("built-in pipelines can be exported, with what is theirs", () => {
  for (const definition of builtInPipelines) {
    const [file] = airflowFiles([definition], {
      runner: "local",
      version: version("3.3"),
      deadline: "logical_date",
      startDate: "2026-02-03",
      assets: ["BTCUSD"],
      generator: "ffe",
    });
    sameAs(definition, file?.text ?? "", ["BTCUSD"]);
  }
});

/** Compares what a file says with the definition that the embedded scheduler runs. */
function sameAs(definition: PipelineDefinition, text: string, assets: readonly string[]): void {
  const { settings, tasks, edges, assets: read } = readDag(text);
  const { schedule, timeZone, deadlineSeconds } = definition;
  assert.equal(readText(settings.get("dag_id")), definition.name);
  assert.equal(readText(settings.get("description")), definition.description.toWellFormed());
  assert.equal(
    settings.get("schedule"),
    schedule === undefined ? "None" : `CronTriggerTimetable("${schedule}", timezone="${timeZone}")`,
  );
  assert.equal(settings.get("catchup"), definition.catchUp === "all" ? "True" : "False");
  assert.equal(settings.get("max_active_runs"), String(definition.maxActiveRuns));
  const [, interval] = /interval=(.*),/.exec(settings.get("deadline") ?? "") ?? [];
  assert.equal(interval === undefined ? undefined : readSeconds(interval), deadlineSeconds);
  const parameters = [
    ...(settings.get("params") ?? "").matchAll(/^ {8}("\w+"): Param\(("(?:[^"\\]|\\.)*"),/gm),
  ];
  assert.deepEqual(
    parameters.map(([, name, value]) => [readText(name), readText(value)]),
    Object.entries(definition.parameters)
      .filter(([name]) => name !== "date")
      .map(([name, value]) => [name, value.toWellFormed()]),
  );
  assert.deepEqual(
    tasks.map((task) => readText(task.settings.get("task_id"))),
    definition.tasks.map(({ id }) => id),
  );
  assert.deepEqual(
    edges,
    definition.tasks.flatMap(({ id, dependsOn }) => dependsOn.map((other) => `${other} > ${id}`)),
  );
  for (const [place, task] of definition.tasks.entries()) {
    const written = tasks[place]?.settings ?? new Map<string, string>();
    assert.deepEqual(
      readTexts(written.get("argv")),
      task.argv.map((word) => word.toWellFormed()),
    );
    assert.equal(readText(written.get("trigger_rule")), task.trigger);
    assert.deepEqual(readDelays(written), task.retries);
    assert.equal(readSeconds(written.get("execution_timeout")), task.timeoutSeconds);
    assert.equal(written.get("pool"), task.pool === undefined ? undefined : `"${task.pool}"`);
    const days = task.daysOfMonth;
    assert.equal(written.get("days_of_month"), days === undefined ? undefined : `(${days.from}, ${days.to})`);
    assert.equal(
      (written.get("outlets") ?? "").match(/Asset\("(?:[^"\\]|\\.)*"\)/g)?.length ?? 0,
      task.outlets.length,
    );
    const spreads =
      task.fanOut === "assets" && assets.length > 0 && !task.argv.some((word) => word === "--assets");
    assert.equal(tasks[place]?.isMapped, spreads);
    if (spreads)
      assert.deepEqual(
        read,
        assets.map((asset) => asset.toWellFormed()),
      );
  }
}

/** The delays by which Airflow 3.3 would wait. */
function readDelays(written: ReadonlyMap<string, string>): readonly number[] {
  const count = Number(written.get("retries"));
  const [, exact] = /^ExactDelays\((.*)\)$/.exec(written.get("retry_policy") ?? "") ?? [];
  assert.equal(written.get("retry_exponential_backoff"), undefined);
  if (exact !== undefined) {
    const delays = exact.split(", ").map(Number);
    assert.equal(delays.length, count);
    return delays;
  }
  return Array.from({ length: count }, () => readSeconds(written.get("retry_delay")));
}

test("no text of a user reaches a template, a comment or another line", () => {
  const hostileText = `"""\n'''\\ {{ ds }} {% x %} {# y #}\r\u2028#`;
  const definition = definePipeline({
    name: "mine",
    description: hostileText,
    parameters: { desk: hostileText },
    tasks: [{ id: "a", run: ["echo", hostileText], outlets: [hostileText] }],
  });
  const [file] = airflowFiles([definition], {
    runner: "local",
    version: version("3.1"),
    deadline: "none",
    assets: [],
    generator: "ffe",
  });
  const lines = (file?.text ?? "").split("\n");
  const touched = lines.filter((line) => line.includes("{{"));
  assert.deepEqual(
    touched.map((line) => line.trim().split("=")[0]?.split(":")[0]),
    ["description", `"desk"`, "argv"],
  );
  // None of the operator's templated fields.
  assert.doesNotMatch(file?.text ?? "", /template_fields|bash_command/);
  assert.ok(!(file?.text ?? "").includes("\u2028"));
  assert.match(file?.text ?? "", /Asset\("delta:\/\/%22/);
});

test("what cannot be 5, 10 and 20 minutes exactly is stated in the file", () => {
  assert.match(dailyFor("3.2"), /waits 300 to 600, then 600 to 1200, then exactly 1200 seconds/);
  assert.match(
    dailyFor("3.2"),
    /retry_exponential_backoff=True,\n +max_retry_delay=timedelta\(seconds=1200\)/,
  );
  assert.match(dailyFor("3.3"), /retry_policy=ExactDelays\(300, 600, 1200\)/);
  assert.doesNotMatch(dailyFor("3.3"), /It waits|except ImportError/);
  assert.deepEqual(airflowRetries([60, 60], false), { kind: "fixed", count: 2, delaySeconds: 60 });
  assert.deepEqual(airflowRetries([0, 4], false), {
    kind: "backoff",
    count: 2,
    firstSeconds: 1,
    maxSeconds: 4,
    windows: [
      { fromSeconds: 1, toSeconds: 2 },
      { fromSeconds: 2, toSeconds: 4 },
    ],
  });
});

test("a version is read, and one that is too old is not", () => {
  for (const text of ["3.1", "3.1.8", "3.2.2"]) assert.equal(airflowVersion(text)?.hasRetryPolicy, false);
  for (const text of ["3.3", "3.3.2", "3.10", "4.0"])
    assert.equal(airflowVersion(text)?.hasRetryPolicy, true);
  for (const text of ["3.0.6", "2.11", "3", "x", "3.1-beta"]) assert.equal(airflowVersion(text), undefined);
});

test("a schedule that Airflow's cron reads in another way is refused", () => {
  for (const schedule of ["0 1 * * *", "*/15 9-17 1,15 jan-mar MON-fri", "0 0 L * *", "0 0 * * 5#2"])
    assert.equal(cronProblem(schedule), undefined, schedule);
  for (const schedule of ["0 0 LW * *", "0 0 15W * *", "0 0 * * +1", "0 0 * * 5L", "@daily", "0 0 ? * 1"])
    assert.notEqual(cronProblem(schedule), undefined, schedule);
});

test("catching up with all missed times needs a day on which that begins", () => {
  const definition = definePipeline({ name: "mine", catchUp: "all", tasks: [{ id: "a", run: "b" }] });
  const options = { version: version("3.1"), deadline: "none", assets: [] } as const;
  assert.throws(() => airflowDag(definition, options), /--start-date 2026-01-31/);
  const dag = airflowDag(definition, { ...options, startDate: "2026-02-01" });
  assert.deepEqual([dag.catchup, dag.startDate], [true, "2026-02-01"]);
});

test("a run that nobody scheduled counts its deadline from when it was queued", () => {
  const options = { version: version("3.1"), deadline: "logical_date", assets: [] } as const;
  const tasks = [{ id: "a", run: "b" }];
  const manual = definePipeline({ name: "mine", deadline: "1h", tasks });
  const scheduled = definePipeline({ name: "mine", deadline: "1h", schedule: "0 1 * * *", tasks });
  assert.equal(airflowDag(manual, options).deadline?.reference, "DAGRUN_QUEUED_AT");
  assert.equal(airflowDag(scheduled, options).deadline?.reference, "DAGRUN_LOGICAL_DATE");
  assert.equal(airflowDag(scheduled, { ...options, deadline: "none" }).deadline, undefined);
});

test("a task whose failure only all_done tasks follow still fails Airflow's run", () => {
  assert.deepEqual(unheard([step("a", []), step("b", ["a"])]), []);
  assert.deepEqual(unheard([step("a", []), step("b", ["a"], "all_done")]), ["a"]);
  assert.deepEqual(
    unheard([step("a", []), step("b", ["a"]), step("c", ["b"], "all_done"), step("d", ["b", "c"])]),
    [],
  );
  const daily = builtInPipelines.map(
    (definition) =>
      airflowDag(definition, { version: version("3.1"), deadline: "none", assets: [] }).unheardTasks,
  );
  assert.deepEqual(daily, [[], [], ["zorder_tables", "vacuum_tables"]]);
});

/** The daily pipeline's file for a version of Airflow. */
function dailyFor(text: string): string {
  const [file] = airflowFiles(builtInPipelines.slice(0, 1), {
    runner: "local",
    version: version(text),
    deadline: "logical_date",
    assets: [],
    generator: "ffe",
  });
  return file?.text ?? "";
}

function step(id: string, dependsOn: readonly string[], trigger: Trigger = "all_success"): TaskInput {
  return { id, run: "x", dependsOn, trigger };
}

function unheard(tasks: readonly TaskInput[]): readonly string[] {
  const definition = definePipeline({ name: "mine", tasks });
  return airflowDag(definition, { version: version("3.1"), deadline: "none", assets: [] }).unheardTasks;
}

function version(text: string): AirflowVersion {
  const read = airflowVersion(text);
  assert.ok(read !== undefined);
  return read;
}

const hostile = fc.oneof(
  fc.constantFrom(`"`, "'", "\\", "{", "}", "{{", "}}", "{%", "#", "\n", "\r", "\u2028", "\ud800", "é", "😀"),
  fc.string({ minLength: 1, maxLength: 3 }),
);
const anyText = fc.string({ maxLength: 12, unit: hostile });
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/);
const seconds = fc.integer({ min: 0, max: 5000 });

const definitions: fc.Arbitrary<PipelineDefinition> = fc
  .record({
    name,
    description: anyText,
    schedule: fc.option(fc.constantFrom("0 1 * * *", "*/5 * * * 1-5", "0 0 L * *"), { nil: undefined }),
    timeZone: fc.constantFrom("UTC", "Europe/Berlin"),
    ids: fc.uniqueArray(name, { minLength: 1, maxLength: 5 }),
    deadlineSeconds: fc.option(fc.integer({ min: 1, max: 90_000 }), { nil: undefined }),
    maxActiveRuns: fc.integer({ min: 1, max: 9 }),
    overlap: fc.constantFrom("skip", "queue", "allow"),
    catchUp: fc.constantFrom("none", "latest", "all"),
    startDeadlineSeconds: fc.option(seconds, { nil: undefined }),
    parameters: fc.dictionary(name, anyText, { maxKeys: 3, noNullPrototype: true }),
  })
  .chain(({ ids, ...pipeline }) =>
    fc
      .tuple(
        ...ids.map((id, place) =>
          fc.record({
            id: fc.constant(id),
            argv: fc.array(anyText, { minLength: 1, maxLength: 4 }),
            dependsOn: fc.subarray(ids.slice(0, place)),
            trigger: fc.constantFrom("all_success", "all_done"),
            retries: fc.array(seconds, { maxLength: 4 }),
            timeoutSeconds: fc.integer({ min: 1, max: 90_000 }),
            pool: fc.option(name, { nil: undefined }),
            daysOfMonth: fc.option(fc.constant({ from: 2, to: 9 }), { nil: undefined }),
            fanOut: fc.option(fc.constant("assets" as const), { nil: undefined }),
            outlets: fc.array(
              anyText.filter((one) => one !== ""),
              { maxLength: 3 },
            ),
          }),
        ),
      )
      .map((tasks) => ({ ...pipeline, tasks })),
  );
