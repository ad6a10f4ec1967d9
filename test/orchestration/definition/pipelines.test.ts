import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";

import { configuredPipelines } from "../../../src/config/configured-pipelines.ts";
import { parseConfig } from "../../../src/config/load-config.ts";
import {
  builtInPipelines,
  dailyMarketData,
} from "../../../src/orchestration/definition/built-in-pipelines.ts";
import { quotedWord, splitCommand } from "../../../src/orchestration/definition/command-line.ts";
import { dateOf, taskCommand } from "../../../src/orchestration/definition/command-template.ts";
import { orderedTasks, pipelineProblems } from "../../../src/orchestration/definition/pipeline-problems.ts";
import { definePipeline, OrchestrationError, validateDataQuality } from "../../../src/orchestration/index.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

function problemsOf(text: string): string {
  try {
    parseConfig(`pipelines:\n${text}`, "x.yaml");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "none";
}

test("the daily pipeline has the user's seven tasks, in order, retried after 5, 10 and 20 minutes", () => {
  assert.deepEqual(
    dailyMarketData.tasks.map(({ id }) => id),
    [
      "ingest_historical_ohlc",
      "validate_data_quality",
      "dbt_staging",
      "dbt_marts",
      "dbt_tests",
      "optimize_tables",
      "refresh_dashboards",
    ],
  );
  for (const { retries } of dailyMarketData.tasks) assert.deepEqual(retries, [300, 600, 1200]);
  assert.equal(dailyMarketData.schedule, "0 1 * * *");
  assert.equal(dailyMarketData.timeZone, "UTC");
  assert.equal(dailyMarketData.deadlineSeconds, 7200);
});

test("every built-in pipeline is sound, and its tasks stand behind those that they wait for", () => {
  for (const definition of builtInPipelines) {
    assert.deepEqual(pipelineProblems(definition), []);
    assert.deepEqual(orderedTasks(definition.tasks), definition.tasks);
    assert.deepEqual(JSON.parse(JSON.stringify(definition)), definition);
  }
});

test("a run is about the UTC day before its scheduled time", () => {
  const [ingest] = dailyMarketData.tasks;
  assert.ok(ingest !== undefined);
  const date = dateOf(Date.parse("2026-03-01T01:00:00Z"));
  assert.equal(date.date, "2026-02-28");
  assert.deepEqual(taskCommand(dailyMarketData, ingest, date), [
    "ffe",
    "backfill",
    "--end",
    "2026-03-01",
    "--no-validate",
  ]);
});

test("a command keeps braces that are no placeholder, and takes parameters", () => {
  const command = taskCommand(
    { parameters: { desk: "fx", constructor: "own" } },
    { argv: ["{desk}/{date}", '{"a": 1}', "{scheduled_for}", "{constructor}", "{toString}"] },
    dateOf(Date.parse("2026-03-01T01:00:00Z")),
  );
  assert.deepEqual(command, ["fx/2026-02-28", '{"a": 1}', "2026-03-01T01:00:00.000Z", "own", "{toString}"]);
});

test("a built-in pipeline can have another schedule, and keeps its tasks", () => {
  const config = parseConfig(
    'pipelines:\n  daily_market_data:\n    schedule: "30 2 * * *"\n    time_zone: Europe/Berlin\n    retries: [10s]\n',
    "x.yaml",
  );
  const [daily, ...others] = configuredPipelines(config);
  assert.equal(daily?.definition.schedule, "30 2 * * *");
  assert.equal(daily?.source, "configuration");
  assert.deepEqual(
    daily?.definition.tasks.map(({ id, retries }) => ({ id, retries })),
    dailyMarketData.tasks.map(({ id }) => ({ id, retries: [10] })),
  );
  assert.ok(others.every(({ source }) => source === "built in"));
});

test("a pipeline of the configuration takes built-in tasks by their ids", () => {
  const config = parseConfig(
    `pipelines:
  mine:
    schedule: "0 6 * * 1-5"
    tasks:
      report:
        run: node report.ts "{date} x"
        depends_on: [ingest_historical_ohlc]
        timeout: 10m
      ingest_historical_ohlc: { retries: [] }
`,
    "x.yaml",
  );
  const mine = configuredPipelines(config).find(({ definition }) => definition.name === "mine")?.definition;
  assert.deepEqual(
    mine?.tasks.map(({ id, argv, retries, timeoutSeconds }) => ({ id, argv, retries, timeoutSeconds })),
    [
      {
        id: "ingest_historical_ohlc",
        argv: ["ffe", "backfill", "--end", "{next_date}", "--no-validate"],
        retries: [],
        timeoutSeconds: 7200,
      },
      {
        id: "report",
        argv: ["node", "report.ts", "{date} x"],
        retries: [300, 600, 1200],
        timeoutSeconds: 600,
      },
    ],
  );
});

test("what is said of a task of a built-in pipeline changes that task, and leaves the others as they are", () => {
  const config = parseConfig(
    `pipelines:
  daily_market_data:
    retries: [1m]
    tasks:
      ingest_historical_ohlc: { timeout: 3h }
      dbt_tests: false
      report: { run: node report.ts, depends_on: [dbt_marts], retries: [] }
`,
    "x.yaml",
  );
  const [daily] = configuredPipelines(config);
  assert.equal(daily?.source, "configuration");
  const tasks = daily.definition.tasks;
  assert.deepEqual(tasks.map(({ id }) => id).toSorted(), [
    "dbt_marts",
    "dbt_staging",
    "ingest_historical_ohlc",
    "optimize_tables",
    "refresh_dashboards",
    "report",
    "validate_data_quality",
  ]);
  const task = (id: string): (typeof tasks)[number] | undefined => tasks.find((one) => one.id === id);
  assert.equal(task("ingest_historical_ohlc")?.timeoutSeconds, 3 * 3600);
  assert.deepEqual(task("ingest_historical_ohlc")?.retries, [60]);
  assert.deepEqual(task("dbt_staging")?.dependsOn, ["validate_data_quality"]);
  // It waited for the task that is left out.
  assert.deepEqual(task("optimize_tables")?.dependsOn.toSorted(), ["dbt_marts", "ingest_historical_ohlc"]);
  assert.equal(task("optimize_tables")?.trigger, "all_done");
  assert.deepEqual(task("report")?.retries, []);
});

test("a problem of a pipeline names its line, its key and what was meant", () => {
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ["  a: { schedul: x }\n", /line 2: pipelines\.a\.schedul: unknown key\. Did you mean schedule\?/],
    ["  A: { tasks: { x: { run: a } } }\n", /line 2: pipelines\.A: expected a name of small letters/],
    ["  a:\n    tasks:\n      x: { rn: a }\n", /line 4: pipelines\.a\.tasks\.x\.rn: .*Did you mean run\?/],
    ["  a: {}\n", /pipelines\.a\.tasks: expected at least one task/],
    ["  a: 5\n", /pipelines\.a: .*expected object/],
    ["  a: { tasks: { x: {} } }\n", /pipelines\.a\.tasks\.x\.run: missing: the command of the task/],
    ['  a: { tasks: { x: { run: "a | b" } } }\n', /no shell runs the command, so "\|" has no meaning/],
    ['  a: { tasks: { x: { run: "a \'b" } } }\n', /a quote is not closed/],
    ["  a: { tasks: { x: { run: echo {dat} } } }\n", /x\.yaml, line 2/],
    ['  a: { tasks: { x: { run: "echo {dat}" } } }\n', /there is no value for \{dat\}.*mean \{date\}\?/],
    ["  a: { tasks: { x: { run: a, retries: [5x] } } }\n", /retries\.0: expected a duration/],
    [
      "  a: { tasks: { x: { run: a, retries: 3 } } }\n",
      /retries: expected a list of pauses, such as \[5m, 10m/,
    ],
    ["  a: { tasks: { x: { run: '' } } }\n", /run: the command is empty/],
    ["  a: { tasks: { x: { run: '  ' } } }\n", /run: the command is empty/],
    ["  a: { tasks: { x: { run: [] } } }\n", /run: the command is empty/],
    ["  a: { tasks: { x: { run: ['', b] } } }\n", /run: the command is empty/],
    [`  ${"a".repeat(300)}: { tasks: { x: { run: a } } }\n`, /the name has 300 letters; expected at most 63/],
    [`  a: { tasks: { ${"x".repeat(64)}: { run: a } } }\n`, /the name has 64 letters; expected at most 63/],
    ["  latest: { tasks: { x: { run: a } } }\n", /latest stands for a run in ffe runs/],
    ["  a: { tasks: { x: { run: a, timeout: 0 } } }\n", /timeout: must be longer than 0/],
    ["  a: { tasks: { x: { run: a, depends_on: [x] } } }\n", /a task cannot wait for itself/],
    [
      "  a:\n    tasks:\n      one: { run: a }\n      x:\n        run: a\n        depends_on: [on]\n",
      /line 7: .*there is no task on\. Did you mean one\?/,
    ],
    [
      "  a: { tasks: { x: { run: a, depends_on: [y] }, y: { run: a, depends_on: [x] } } }\n",
      /tasks wait for each other: x waits for y waits for x/,
    ],
    ['  a: { schedule: "61 * * * *", tasks: { x: { run: a } } }\n', /a\.schedule: "61 .* is not a cron/],
    ['  a: { schedule: "0 0 30 2 *", tasks: { x: { run: a } } }\n', /a\.schedule: .* never comes/],
    ["  a: { time_zone: Mars, tasks: { x: { run: a } } }\n", /a\.time_zone: there is no time zone "Mars"/],
    ["  a: { overlap: never, tasks: { x: { run: a } } }\n", /a\.overlap: .*skip/],
    ["  __proto__: { tasks: { x: { run: a } } }\n", /pipelines\.__proto__: expected a name/],
  ];
  for (const [text, message] of cases) assert.match(problemsOf(text), message, text);
});

test("definePipeline says all that is wrong, in the spelling of a program", () => {
  assert.throws(
    () =>
      definePipeline({
        name: "mine",
        timeZone: "Mars",
        tasks: [{ id: "my_task", run: "echo {dat}", dependsOn: [] }],
      }),
    (error) =>
      error instanceof OrchestrationError &&
      error.code === "INVALID_PIPELINE" &&
      error.message.startsWith("mine.timeZone: there is no time zone"),
  );
  assert.throws(
    () => definePipeline({ name: "mine", tasks: [{ id: "my_task", run: "a", dependsOn: ["other"] }] }),
    /^OrchestrationError: mine\.tasks\.my_task\.dependsOn\.0: there is no task other$/,
  );
  assert.throws(
    () => definePipeline({ name: "mine", tasks: [validateDataQuality, validateDataQuality] }),
    /two tasks/,
  );
  assert.throws(
    () => definePipeline({ name: "My", tasks: [validateDataQuality] }),
    /cannot have the name "My": expected a name of small letters/,
  );
});

test("definePipeline says which entry of its tasks is none", () => {
  const tasks: unknown = [validateDataQuality, "report"];
  assert.throws(
    () => Reflect.apply(definePipeline, undefined, [{ name: "mine", tasks }]),
    /mine\.tasks\[1\]: a task is an object, not "report"/,
  );
});

test("a module's pipelines stand beside the others, and are checked", () => {
  using folder = new TemporaryFolder();
  const load = (text: string): ReturnType<typeof configuredPipelines> => {
    const name = `${text.length}-pipelines.ts`;
    writeFileSync(folder.at(name), text);
    return configuredPipelines(
      parseConfig(`orchestration: { modules: [./${name}] }\n`, folder.at("config.yaml")),
    );
  };
  const mine = load(
    `import { definePipeline, validateDataQuality } from "finance-feedback-pipelines/orchestration";
     export const pipelines = [definePipeline({ name: "mine", tasks: [{ ...validateDataQuality, retries: ["1m"] }] })];`,
  ).at(-1);
  assert.equal(mine?.definition.name, "mine");
  assert.deepEqual(mine?.definition.tasks[0]?.retries, [60]);
  assert.throws(() => load("export const other = 1;"), /orchestration\.modules: .*has no list of pipelines/);
  assert.throws(
    () => load("export const pipelines = [{ name: 'x' }];"),
    /definePipeline did not make: pipelines\[0\]/,
  );
  assert.throws(
    () =>
      load(
        `import { definePipeline } from "finance-feedback-pipelines/orchestration";
         export const pipelines = [definePipeline({ name: "maintenance", tasks: [{ id: "x", run: "a" }] })];`,
      ),
    /maintenance, a name that is taken \(built in\)/,
  );
});

test("a command is split as a shell splits it", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["a  b\tc", ["a", "b", "c"]],
    [`a 'b c' "d e" f\\ g`, ["a", "b c", "d e", "f g"]],
    [`a "say \\"hi\\"" x'y'z ''`, ["a", 'say "hi"', "xyz", ""]],
    [`curl "https://x/?a=1&b=2"`, ["curl", "https://x/?a=1&b=2"]],
  ];
  for (const [text, words] of cases) assert.deepEqual(splitCommand(text), words);
  for (const text of ["", "a &", "a > b", "$(x)", "a 'b", 'a "$HOME"', "a\\"])
    assert.equal(typeof splitCommand(text), "string", text);
});

test("quoted words are split into themselves", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
      assert.deepEqual(splitCommand(words.map(quotedWord).join(" ")), words);
    }),
  );
});
