import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";

import { blocksOf } from "../documentation/blocks.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { jsonOf, runFfe } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

/** A folder with a configuration; `step NAME` in it appends to the file `steps`. */
function folderWith(pipelines: string): TemporaryFolder {
  const folder = new TemporaryFolder();
  writeFileSync(folder.at("ffe.yaml"), `pipelines:\n${pipelines}`);
  return folder;
}

function call(folder: TemporaryFolder, ...args: readonly string[]): Promise<Outcome> {
  return callFfe([...args, "--config", "ffe.yaml"], {
    cwd: folder.path,
    environment: { MY_TOKEN: "hush-hush" },
  });
}

const RunDocument = z.object({
  run_id: z.string(),
  state: z.string(),
  tasks: z.array(
    z.object({
      id: z.string(),
      state: z.string(),
      tries: z.array(z.object({ outcome: z.string().nullable() })),
    }),
  ),
});

const steps = `  mine:
    tasks:
      first: { run: [sh, -c, "echo first {date} $MY_TOKEN; echo first >> steps"] }
      second: { run: [sh, -c, "echo second >> steps; test -e ready"], depends_on: [first], retries: [] }
      third: { run: [sh, -c, "echo third >> steps"], depends_on: [second] }
`;

test("a pipeline runs, fails, is shown, and is retried from where it failed", async () => {
  using folder = folderWith(steps);
  const failed = await call(folder, "pipeline", "run", "mine", "--date", "2026-01-05");
  assert.equal(failed.exitCode, 1);
  assert.match(failed.stdout, /^mine of 2026-01-05: failed/);
  assert.match(failed.stdout, /^third +upstream_failed/m);
  assert.match(failed.stderr, /\[2\/3\] second: failed after .*, exit code 1/);
  const logs = await call(folder, "runs", "logs", "latest", "first");
  assert.match(logs.stdout, /^\d\d:\d\d:\d\d first \| first 2026-01-05 \*\*\*\n$/);
  writeFileSync(folder.at("ready"), "");
  const retried = await call(folder, "runs", "retry", "mine", "--json");
  assert.equal(retried.exitCode, 0, retried.stderr);
  const run = RunDocument.parse(jsonOf(retried));
  assert.deepEqual(
    run.tasks.map(({ id, tries }) => `${id} ${tries.length}`),
    ["first 1", "second 2", "third 1"],
  );
  assert.equal(readFileSync(folder.at("steps"), "utf8"), "first\nsecond\nsecond\nthird\n");
  const listed = await call(folder, "runs", "list");
  assert.match(listed.stdout, new RegExp(`^${run.run_id} +mine +2026-01-05 +manual +success`, "m"));
  const nothing = await call(folder, "runs", "retry", run.run_id.slice(-8));
  assert.equal(nothing.exitCode, 2);
  assert.match(nothing.stderr, /No task of run .* is left to run\n--all runs all of them again/);
});

test("a run may begin at a task, and a dry run shows what would run", async () => {
  using folder = folderWith(steps);
  writeFileSync(folder.at("ready"), "");
  const dry = await call(
    folder,
    "pipeline",
    "run",
    "mine",
    "--from",
    "second",
    "--date",
    "2026-01-05",
    "--dry-run",
  );
  assert.match(dry.stdout, /^A dry run: nothing was run/);
  assert.doesNotMatch(dry.stdout, /first/);
  assert.ok(!existsSync(folder.at("steps")));
  assert.equal((await call(folder, "pipeline", "run", "mine", "--from", "second")).exitCode, 0);
  assert.equal(readFileSync(folder.at("steps"), "utf8"), "second\nthird\n");
});

test("names that are wrong are answered by the nearest right ones, with exit code 2", async () => {
  using folder = folderWith(steps);
  for (const [args, message] of [
    [["pipeline", "run", "mien"], /There is no pipeline mien\. Did you mean mine\?/],
    [["pipeline", "run", "mine", "--from", "secnd"], /There is no task secnd\. Did you mean second\?/],
    [["pipeline", "run", "mine", "--date", "2026-02-30"], /Give a day such as/],
    [["pipeline", "run", "mine", "--parameter", "a=b"], /mine has no parameter a: it has none/],
    [["pipeline", "backfill", "mine", "--from", "2026-01-02", "--to", "2026-01-02"], /is not before --to/],
    [["runs", "show", "latest"], /There is no run latest/],
    [["runs", "list", "--state", "odd"], /There is no state odd/],
    [["schedule", "pause", "mien"], /Did you mean mine\?/],
    [["schedule", "install"], /--systemd or --cron/],
  ] as const) {
    const outcome = await call(folder, ...args);
    assert.equal(outcome.exitCode, 2, args.join(" "));
    assert.match(outcome.stderr, message);
  }
});

test("a backfill runs each date without a run, and those that failed when it is asked to", async () => {
  using folder = folderWith(
    `  mine:
    schedule: "0 1 * * *"
    tasks:
      only: { run: [sh, -c, "echo {date} >> steps; test {date} != 2026-01-02 || test -e ready"], retries: [] }
`,
  );
  const range = ["pipeline", "backfill", "mine", "--from", "2026-01-01", "--to", "2026-01-04"];
  const dry = await call(folder, ...range, "--dry-run");
  assert.match(dry.stdout, /3 runs of mine/);
  assert.ok(!existsSync(folder.at("steps")));
  assert.equal((await call(folder, ...range, "--newest-first", "--quiet")).exitCode, 1);
  const dates = (): string => readFileSync(folder.at("steps"), "utf8").trim().replaceAll("\n", " ");
  assert.equal(dates(), "2026-01-03 2026-01-02 2026-01-01");
  const leftOut = await call(folder, ...range);
  assert.equal(leftOut.exitCode, 1);
  assert.match(
    leftOut.stderr,
    /^1 run of these days failed before and was left out: --reprocess failed runs it again\.$/m,
  );
  assert.equal(dates(), "2026-01-03 2026-01-02 2026-01-01");
  writeFileSync(folder.at("ready"), "");
  assert.equal((await call(folder, ...range, "--reprocess", "failed")).exitCode, 0);
  assert.equal(dates(), "2026-01-03 2026-01-02 2026-01-01 2026-01-02");
  assert.equal((await call(folder, ...range, "--reprocess", "completed", "--max-active", "3")).exitCode, 0);
  assert.equal(dates().split(" ").length, 7);
});

test("a run whose process is killed goes on where it was, and its tasks that had finished do not run again", async () => {
  using folder = folderWith(`  mine:
    tasks:
      first: { run: [sh, -c, "echo first >> steps"] }
      slow: { run: [sh, -c, "echo slow $FFE_TRY >> steps; test $FFE_TRY -gt 1 || exec sleep 600"], depends_on: [first] }
      last: { run: [sh, -c, "echo last >> steps"], depends_on: [slow] }
`);
  const options = { cwd: folder.path, environment: {} };
  const args = ["pipeline", "run", "mine", "--config", "ffe.yaml"];
  let seenMs: number | undefined;
  const slowIsAtWork = (): boolean => {
    if (!existsSync(folder.at("steps")) || !readFileSync(folder.at("steps"), "utf8").includes("slow 1"))
      return false;
    seenMs ??= Date.now();
    // By then the process of the task is stored, too.
    return Date.now() - seenMs >= 300;
  };
  const killed = await runFfe(args, { ...options, killWhen: { signal: "SIGKILL", isDue: slowIsAtWork } });
  assert.equal(killed.exitCode, null, killed.stderr);
  const resumed = await call(folder, "runs", "resume", "latest", "--json");
  assert.equal(resumed.exitCode, 0, resumed.stderr);
  const run = RunDocument.parse(jsonOf(resumed));
  assert.deepEqual(
    run.tasks.map(({ id, tries }) => `${id} ${tries.map(({ outcome }) => outcome).join(" ")}`),
    ["first success", "slow crashed success", "last success"],
  );
  assert.equal(readFileSync(folder.at("steps"), "utf8"), "first\nslow 1\nslow 2\nlast\n");
});

test("Ctrl-C ends the task at work, and the run can be resumed", async () => {
  using folder = folderWith(`  mine:
    tasks:
      slow: { run: [sh, -c, "echo $FFE_TRY >> steps; test $FFE_TRY -gt 1 || exec sleep 600"] }
`);
  const options = { cwd: folder.path, environment: {} };
  const stopped = await runFfe(["pipeline", "run", "mine", "--config", "ffe.yaml"], {
    ...options,
    killWhen: { signal: "SIGINT", isDue: () => existsSync(folder.at("steps")) },
  });
  assert.equal(stopped.exitCode, 130, stopped.stderr);
  assert.match(stopped.stdout, /^mine of .*: cancelled/);
  const resumed = await call(folder, "runs", "resume", "latest");
  assert.equal(resumed.exitCode, 0, resumed.stderr);
});

test("a scheduler and its commands never load DuckDB", async () => {
  using folder = folderWith(
    `  mine:\n    schedule: "0 1 * * *"\n    tasks: { only: { run: [sh, -c, "exit 0"] } }\n`,
  );
  let maps = "";
  let second: Promise<Outcome> | undefined;
  const options = { cwd: folder.path, environment: {} };
  const first = await runFfe(["schedule", "--config", "ffe.yaml"], {
    ...options,
    onStderr: (text, kill) => {
      if (!text.includes("mine: next at") || second !== undefined) return;
      second = runFfe(["schedule", "--config", "ffe.yaml"], {
        ...options,
        onStderr: (_, end) => void end,
      });
      const look = async (): Promise<void> => {
        await second;
        const status = await call(folder, "schedule", "status", "--json");
        const { scheduler } = z
          .object({ scheduler: z.object({ pid: z.number() }).nullable() })
          .parse(jsonOf(status));
        if (scheduler !== null && existsSync(`/proc/${scheduler.pid}/maps`))
          maps = readFileSync(`/proc/${scheduler.pid}/maps`, "utf8");
        kill("SIGTERM");
      };
      void look();
    },
  });
  assert.equal(first.exitCode, 0, first.stderr);
  const other = await second;
  assert.equal(other?.exitCode, 0);
  assert.match(other.stderr, /^\S+ A scheduler runs already: process \d+ on \S+\. This one ends\.\n$/);
  if (process.platform === "linux") assert.match(maps, /node/);
  assert.doesNotMatch(maps, /duckdb/i);
});

test("the process of a scheduler loads neither the grammar, nor the configuration, nor a library besides cron's", async () => {
  using folder = folderWith(
    `  mine:\n    schedule: "0 1 * * *"\n    tasks: { only: { run: [sh, -c, "exit 0"] } }\n`,
  );
  writeFileSync(
    folder.at("modules.mjs"),
    `import { registerHooks } from "node:module";
     import { appendFileSync } from "node:fs";
     registerHooks({ load(url, context, next) { appendFileSync(process.pid + ".modules", url + "\\n"); return next(url, context); } });`,
  );
  const ended = await runFfe(["schedule", "--config", "ffe.yaml"], {
    cwd: folder.path,
    environment: { NODE_OPTIONS: `--import=${folder.at("modules.mjs")}` },
    killWhen: { signal: "SIGTERM", isDue: ({ stderr }) => stderr.includes("mine: next at") },
  });
  assert.equal(ended.exitCode, 0, ended.stderr);
  // Of two processes: the other one has read the configuration for it.
  const processes = readdirSync(folder.path)
    .filter((name) => name.endsWith(".modules"))
    .map((name) => readFileSync(folder.at(name), "utf8").split("\n"));
  assert.equal(processes.length, 2);
  const loaded = processes.find((urls) => urls.some((url) => url.endsWith("/scheduler-process.ts"))) ?? [];
  const packages = loaded.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  assert.deepEqual([...new Set(packages)], ["croner"]);
  const rooms = new Set(loaded.flatMap((url) => /\/(src\/(?:cli\/)?[^/]+)\/[^/]+\.ts$/.exec(url)?.[1] ?? []));
  assert.ok(rooms.has("src/cli/orchestration"));
  for (const large of ["src/config", "src/cli/grammar", "src/cli/commands", "src/storage", "src/transform"])
    assert.ok(!rooms.has(large), `it loads ${large}`);
});

test("what is wrong with the options or the configuration of a scheduler is said as by any other command", async () => {
  using folder = folderWith(
    `  mine: { schedule: "61 * * * *", tasks: { only: { run: [sh, -c, "exit 0"] } } }\n`,
  );
  const options = { cwd: folder.path, environment: {} };
  const wrong = await runFfe(["schedule", "--config", "ffe.yaml", "--json"], options);
  assert.equal(wrong.exitCode, 2);
  assert.match(JSON.stringify(jsonOf(wrong)), /pipelines\.mine\.schedule/);
  const unknown = await runFfe(["schedule", "run", "--dayly"], options);
  assert.equal(unknown.exitCode, 2);
  assert.match(unknown.stderr, /unknown option '--dayly'\n\(see ffe schedule run --help\)/);
});

test("docs/operations.md: its commands and its configuration", async () => {
  using folder = new TemporaryFolder();
  const document = "docs/operations.md";
  const configuration = blocksOf(document).flatMap(({ language, text }) =>
    language === "yaml" ? [text] : [],
  );
  writeFileSync(folder.at("ffe.yaml"), configuration.join("\n"));
  const lines = blocksOf(document).flatMap(({ language, text }) =>
    language === "bash" ? text.split("\n") : [],
  );
  assert.ok(lines.length > 5);
  for (const line of lines) {
    const [, words = ""] = /^npx ffe (.*)$/.exec(line) ?? [];
    const outcome = await call(folder, ...words.split(" "));
    assert.equal(outcome.exitCode, 0, `${line}: ${outcome.stderr}`);
  }
  const listed = await call(folder, "pipeline", "list");
  assert.match(listed.stdout, /^morning_report +0 6 \* \* 1-5 UTC/m);
  assert.match(listed.stdout, /^hourly_marts +when asked/m);
});

test("what install prints names the configuration that it found, and its log has a folder", async () => {
  using folder = folderWith("  mine: { tasks: { only: { run: echo hi } } }\n");
  const environment = { FFE_CONFIG: "ffe.yaml" };
  const unit = await callFfe(["schedule", "install", "--systemd"], { cwd: folder.path, environment });
  const config = realpathSync(folder.at("ffe.yaml"));
  assert.ok(unit.stdout.includes(`schedule --config ${config}\n`), unit.stdout);
  const cron = await callFfe(["schedule", "install", "--cron"], { cwd: folder.path, environment });
  const command = cron.stdout.replace("* * * * * ", "");
  assert.ok(command.includes(`schedule --config ${config} >> `), command);
  // The line as cron runs it, with a command that ends at once in place of the scheduler.
  const state = join(realpathSync(folder.path), "data/state");
  assert.ok(!existsSync(state));
  execFileSync("sh", ["-c", command.replace(/&& \S+ \S+ schedule .* >>/, "&& echo started >>")], {
    cwd: "/",
  });
  assert.equal(readFileSync(join(state, "schedule.log"), "utf8"), "started\n");
  assert.match(cron.stderr, /keys of providers .* go above the line/);
});

test("a module that keeps a timer does not keep a command from ending", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("ffe.yaml"), "orchestration: { modules: [mine.js] }\n");
  writeFileSync(folder.at("mine.js"), "setInterval(() => {}, 1000);\nexport const pipelines = [];\n");
  const listed = await runFfe(["pipeline", "list", "--config", "ffe.yaml"], {
    cwd: folder.path,
    environment: {},
  });
  assert.equal(listed.exitCode, 0, listed.stderr);
  assert.match(listed.stdout, /daily_market_data/);
});
