// Airflow reads and runs the DAG files that `ffe pipeline export airflow` writes: what it makes of them is what the definitions
// say, a whole day runs on a real lake, tries and exit codes mean the same, and a deadline that passes reaches a webhook.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { promisify } from "node:util";
import * as z from "zod";

import { configuredPipelines } from "../src/config/configured-pipelines.ts";
import { loadConfig } from "../src/config/load-config.ts";
import { alertDocument, testAlert } from "../src/orchestration/alerts/alert.ts";
import { withIngestedTables } from "../src/orchestration/airflow/ingested-tables.ts";
import { dateOf, taskCommand } from "../src/orchestration/definition/command-template.ts";
import type { PipelineDefinition } from "../src/orchestration/definition/pipeline-definition.ts";
import { TemporaryFolder } from "../test/temporary-folder.ts";
import { Airflow } from "./airflow.ts";
import { startWebhook, until } from "./local-services.ts";

const folder = new TemporaryFolder();
const webhook = await startWebhook();
const airflow = new Airflow(folder.at("airflow"), {
  FFE_CONFIG: folder.at("ffe.yaml"),
  FFE_WORKING_FOLDER: folder.path,
});

/** With a scheduler, and no pipelines but those that it shall run. */
const scheduled = new Airflow(folder.at("scheduled"), {
  FFE_CONFIG: folder.at("ffe.yaml"),
  FFE_WORKING_FOLDER: folder.path,
  AIRFLOW_CONN_FFE_ALERTS: JSON.stringify({
    conn_type: "http",
    host: webhook.url,
    password: "secret/path",
  }),
});

const hostileWords = [
  "{{ ds }}",
  "{% raw %}",
  "a\nb",
  "'\"\\",
  "{date} {desk} {next_date} {scheduled_for}",
  "x.sh",
];

const config = {
  ingestion: { assets: ["BTCUSD", "ETHUSD"], timeframes: ["1h", "1d"], start: "2026-01-05" },
  providers: { default: "demo" },
  pipelines: {
    trying: {
      description: `"""\n{{ dag_run }} '`,
      parameters: { desk: "{{ 7 * 6 }} \" '" },
      tasks: {
        flaky: { run: ["sh", "-c", "echo x >> flaky; test $(wc -l < flaky) -ge 3"], retries: ["1s", "3s"] },
        wrong: { run: ["sh", "-c", "echo x >> wrong; exit 2"], retries: ["1s", "3s"] },
        nothing: { run: ["sh", "-c", "exit 99"] },
        after_nothing: { run: ["sh", "-c", "echo x >> after_nothing"], depends_on: ["nothing"] },
        says: {
          run: [
            process.execPath,
            "-e",
            "require('fs').writeFileSync('said', JSON.stringify([process.argv.slice(1), process.env.FFE_TASK, process.env.FFE_TRY, process.env.FFE_RETRY_PATIENCE]))",
            "--",
            ...hostileWords,
          ],
          depends_on: ["wrong"],
          trigger: "all_done",
        },
        each: { run: ["sh", "-c", 'echo "$2" > "each-$2"', "sh"], fan_out: "assets", pool: "default_pool" },
        slow: {
          run: ["sh", "-c", "echo $$ > slow; sleep 300 & wait"],
          timeout: "2s",
          retries: [],
          outlets: ["gold.odd name"],
        },
        first_week: { run: ["sh", "-c", "echo x > first_week"], days_of_month: [1, 7] },
      },
    },
    late: {
      deadline: "3s",
      tasks: {
        flaky: {
          run: ["sh", "-c", "date +%s.%N >> late; test $(wc -l < late) -ge 3"],
          retries: ["2s", "6s"],
        },
        waits: { run: ["sh", "-c", "sleep 8"], depends_on: ["flaky"] },
      },
    },
    tidy: {
      schedule: "30 2 * * 1-5",
      time_zone: "Europe/Berlin",
      catch_up: "all",
      max_active_runs: 3,
      deadline: "90m",
      tasks: {
        import: { run: "sh -c 'exit 1'", retries: [] },
        class: { run: "ffe table list", depends_on: ["import"], trigger: "all_done", pool: "tidying" },
      },
    },
  },
};

const Told = z.object({ kind: z.string(), pipeline: z.string(), run_id: z.string() });

before(async () => {
  // JSON is YAML too.
  writeFileSync(folder.at("ffe.yaml"), JSON.stringify(config));
  await airflow.migrate();
  // As it is now: the scheduler shall know no other pipelines than its own.
  scheduled.takeDatabaseOf(airflow);
});

after(async () => {
  await Promise.all([airflow.close(), scheduled.close()]);
  webhook.close();
  folder[Symbol.dispose]();
});

test("Airflow reads every file without an error, and has what the definitions say", async () => {
  for (const version of ["3.1", "3.3"]) {
    const output = folder.at(version, "dags");
    await ffe(
      "pipeline",
      "export",
      "airflow",
      "--output",
      output,
      "--airflow-version",
      version,
      "--start-date",
      "2026-01-01",
    );
    // The module for plugins is that of Airflow's home.
    await exported();
    const definitions = pipelines();
    const { dags, errors } = await airflow.read(
      ...definitions.map(({ name }) => join(output, `${name}_pipeline.py`)),
    );
    assert.deepEqual(errors, {});
    assert.deepEqual(dags.map(({ id }) => id).toSorted(), definitions.map(({ name }) => name).toSorted());
    for (const dag of dags) {
      const definition = definitions.find(({ name }) => name === dag.id);
      assert.ok(definition !== undefined);
      assert.equal(dag.description, definition.description);
      assert.equal(
        dag.timetable,
        definition.schedule === undefined ? "NullTimetable" : "CronTriggerTimetable",
      );
      assert.equal(dag.cron ?? undefined, definition.schedule);
      if (definition.schedule !== undefined) assert.match(dag.zone, new RegExp(definition.timeZone));
      assert.equal(dag.catchup, definition.catchUp === "all");
      assert.equal(dag.max_active_runs, definition.maxActiveRuns);
      assert.deepEqual(
        dag.deadlines,
        definition.deadlineSeconds === undefined ? [] : [definition.deadlineSeconds],
      );
      assert.deepEqual(dag.params, { ...definition.parameters, date: null });
      const own = dag.tasks.filter(({ id }) => id !== "all_tasks_succeeded");
      assert.deepEqual(
        own.map(({ id, argv, upstream, trigger, timeout, pool, days }) => ({
          id,
          argv,
          upstream,
          trigger,
          timeout,
          pool,
          days,
        })),
        definition.tasks.map(({ id, argv, dependsOn, trigger, timeoutSeconds, pool, daysOfMonth }) => ({
          id,
          argv,
          upstream: [...dependsOn].toSorted(),
          trigger,
          timeout: timeoutSeconds,
          pool: pool ?? "default_pool",
          days: daysOfMonth === undefined ? null : [daysOfMonth.from, daysOfMonth.to],
        })),
      );
      for (const [place, task] of definition.tasks.entries()) {
        const read = own[place];
        assert.deepEqual(read?.assets, task.fanOut === "assets" ? config.ingestion.assets : []);
        assert.equal(read?.outlets.length, task.outlets.length);
        if (version === "3.3" || read.backoff) assert.equal(read.backoff, version === "3.1");
        if (!read.backoff) assert.deepEqual(read.retries, task.retries);
        else assert.equal(read.retries.length, task.retries.length);
      }
    }
  }
});

test("a day runs on a real lake, with a task for each asset", async () => {
  await exported("--retry-delays", "1s");
  const { isGood, printed } = await airflow.test("daily_market_data", "2026-01-08");
  assert.ok(isGood, printed);
  assert.deepEqual(
    airflow
      .instances("daily_market_data")
      .map(({ task_id, map_index, state }) => `${task_id} ${map_index} ${state}`),
    [
      "dbt_marts -1 success",
      "dbt_staging -1 success",
      "dbt_tests -1 success",
      "ingest_historical_ohlc 0 success",
      "ingest_historical_ohlc 1 success",
      "optimize_tables -1 success",
      "refresh_dashboards -1 success",
      "validate_data_quality -1 success",
    ],
  );
  const count = "select asset_pair, count(*)::int as bars from raw_market_data_1h group by all order by all";
  assert.deepEqual(JSON.parse(await ffe("sql", count, "--json")), [
    { asset_pair: "BTCUSD", bars: 72 },
    { asset_pair: "ETHUSD", bars: 72 },
  ]);
});

describe("under the scheduler", () => {
  before(async () => {
    const places = ["--output", join(scheduled.home, "dags"), "--airflow-version", "3.3"];
    await ffe("pipeline", "export", "airflow", "trying", "late", ...places);
    await scheduled.start();
    // The one that has time to be late goes first: two tasks run at a time.
    await scheduled.trigger("late", "t1", null);
    await scheduled.trigger("trying", "t2", "2026-01-08T00:00:00Z");
  });

  it("keeps delays, and tells the webhook of a deadline that passes", async () => {
    await until("the alert", () => webhook.posts.length > 0);
    assert.equal(await scheduled.endOf("late", "t1"), "success");
    const [post] = webhook.posts;
    const document: unknown = JSON.parse(post?.text ?? "");
    const told = Told.parse(document);
    assert.equal(post?.path, "/hooks/secret/path");
    assert.deepEqual([told.kind, told.pipeline, told.run_id], ["late", "late", "t1"]);
    // One shape, whichever scheduler tells of it.
    assert.deepEqual(Object.keys(Object(document)), Object.keys(alertDocument(testAlert("1", 0))));
    const [first = 0, second = 0, third = 0] = readFileSync(folder.at("late"), "utf8")
      .split("\n")
      .map(Number);
    assert.ok(second - first >= 2, `${second - first}`);
    assert.ok(third - second >= 6, `${third - second}`);
  });

  it("tries, exit codes, timeouts and words mean what they mean to the embedded runner", async () => {
    assert.equal(await scheduled.endOf("trying", "t2"), "failed", "wrong fails, so the run does");
    const states = new Map(
      scheduled
        .instances("trying")
        .map(({ task_id, map_index, state, try_number }) => [
          map_index < 0 ? task_id : `${task_id} ${map_index}`,
          `${state} ${try_number}`,
        ]),
    );
    assert.equal(states.get("flaky"), "success 3");
    assert.match(states.get("wrong") ?? "", /^failed/);
    assert.equal(readFileSync(folder.at("wrong"), "utf8"), "x\n");
    assert.match(states.get("nothing") ?? "", /^skipped/);
    assert.match(states.get("after_nothing") ?? "", /^skipped/);
    assert.equal(states.get("says"), "success 1");
    assert.match(states.get("slow") ?? "", /^failed/);
    assert.match(states.get("first_week") ?? "", /^skipped/);
    assert.ok(!existsSync(folder.at("after_nothing")) && !existsSync(folder.at("first_week")));
    for (const asset of config.ingestion.assets)
      assert.equal(readFileSync(folder.at(`each-${asset}`), "utf8"), `${asset}\n`);
    const definition = pipelines().find(({ name }) => name === "trying");
    const says = definition?.tasks.find(({ id }) => id === "says");
    assert.ok(definition !== undefined && says !== undefined);
    const command = taskCommand(definition, says, dateOf(Date.parse("2026-01-08T00:00:00Z")));
    assert.deepEqual(JSON.parse(readFileSync(folder.at("said"), "utf8")), [
      command.slice(4),
      "says",
      "1",
      "0",
    ]);
    // What a task that took too long has started is ended with it.
    const group = Number(readFileSync(folder.at("slow"), "utf8"));
    assert.throws(() => process.kill(-group, 0), /ESRCH/);
  });
});

/** Exports into Airflow's home as its command line can run it: `airflow dags test` fails on deadlines. */
async function exported(...args: readonly string[]): Promise<void> {
  const places = ["--output", join(airflow.home, "dags"), "--start-date", "2026-01-01"];
  await ffe("pipeline", "export", "airflow", "hourly_marts", ...places);
  await ffe("pipeline", "export", "airflow", ...places, "--airflow-version", "3.3", "--no-deadline", ...args);
}

function pipelines(): readonly PipelineDefinition[] {
  const { config: read } = loadConfig(folder.at("ffe.yaml"));
  return configuredPipelines(read).map(({ definition }) =>
    withIngestedTables(definition, read.ingestion.timeframes),
  );
}

async function ffe(...args: readonly string[]): Promise<string> {
  const script = join(import.meta.dirname, "..", "bin", "ffe.js");
  const options = ["--config", folder.at("ffe.yaml")];
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args, ...options], {
    cwd: folder.path,
  });
  return stdout;
}
