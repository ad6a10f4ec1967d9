// Prometheus, its promtool and Alertmanager read what we write for them: configuration, rules, metrics during a backfill, the
// dashboard's expressions, and an alert on its way to a webhook.
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import * as z from "zod";

import { mainPanels, rows } from "../scripts/grafana/dashboard-panels.ts";
import { metricDefinitions } from "../src/monitoring/metrics/definitions.ts";
import { demoSource } from "../test/stand-in/candle-source.ts";
import { startStandIn } from "../test/stand-in/server.ts";
import { TemporaryFolder } from "../test/temporary-folder.ts";
import { freePorts, startWebhook, until } from "./local-services.ts";

const root = join(import.meta.dirname, "..");
const deploy = join(root, "deploy");
const folder = new TemporaryFolder();
const processes = new Map<string, ChildProcess>();
const webhook = await startWebhook();
const [exporterPort = 0, prometheusPort = 0, alertmanagerPort = 0, gatewayPort = 0] = await freePorts(4);
const ports = {
  exporter: exporterPort,
  prometheus: prometheusPort,
  alertmanager: alertmanagerPort,
  gateway: gatewayPort,
};

before(async () => {
  start("gateway", "prometheus-pushgateway", [`--web.listen-address=127.0.0.1:${ports.gateway}`]);
  startExporter();
  writePrometheusFiles();
  start("alertmanager", "prometheus-alertmanager", [
    `--config.file=${folder.at("alertmanager.yml")}`,
    `--storage.path=${folder.at("alertmanager")}`,
    `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
    "--cluster.listen-address=",
  ]);
  start("prometheus", "prometheus", [
    `--config.file=${folder.at("prometheus.yml")}`,
    `--storage.tsdb.path=${folder.at("tsdb")}`,
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
    "--log.level=warn",
  ]);
  await until("Prometheus sees the exporter", async () => (await query('up{job="ffe"}'))[0]?.value === 1);
});

after(async () => {
  for (const name of processes.keys()) await stop(name);
  webhook.close();
  folder[Symbol.dispose]();
});

test("promtool and amtool take the configuration, the rules and their cases", async () => {
  const checks = [
    ["promtool", "check", "config", join(deploy, "prometheus/prometheus.yml")],
    ["promtool", "check", "rules", join(deploy, "prometheus/rules/pipeline.yml")],
    ["promtool", "test", "rules", join(deploy, "prometheus/tests/pipeline.test.yml")],
    ["amtool", "check-config", join(deploy, "alertmanager/alertmanager.yml")],
  ] as const;
  // Each rejects with what it printed, unless its exit code is 0.
  await Promise.all(checks.map(async ([command, ...args]) => promisify(execFile)(command, args)));
});

test("Prometheus sees what a backfill brings, and the increase of an asset that came late", async () => {
  const standIn = await startStandIn({
    series: demoSource(5, ["BTCUSD"]),
    now: () => Date.parse("2026-01-08T00:00:00Z"),
  });
  after(() => standIn.close());
  writeFileSync(
    folder.at("config.yaml"),
    `providers: { coinbase: { base_url: ${standIn.url} }, demo: { dirty_rows: true } }\n`,
  );
  await backfill("BTCUSD", "coinbase");
  await until("the first asset", async () => (await query(records("BTCUSD")))[0]?.value === 72);
  await backfill("ETHUSD", "demo");
  await until("the second asset", async () => ((await query(records("ETHUSD")))[0]?.value ?? 0) > 0);
  const added = (await query(records("ETHUSD")))[0]?.value ?? 0;
  const [increase] = await query(
    `max_over_time(${records("ETHUSD")}[5m]) - min_over_time(${records("ETHUSD")}[5m])`,
  );
  assert.equal(increase?.value, added);
  await until("a second sample", async () => {
    const [seen] = await query(`increase(${records("ETHUSD")}[5m])`);
    // Prometheus carries an increase on to the ends of its range: a little more, and never less.
    return seen !== undefined && seen.value >= added && seen.value <= 1.5 * added;
  });
});

test("each of the user's five metrics has values, and promtool finds no fault with any", async () => {
  const text = await (await fetch(`http://127.0.0.1:${ports.exporter}/metrics`)).text();
  const { status, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  for (const name of [
    "pipeline_ingestion_records_total",
    "pipeline_ingestion_errors_total",
    "pipeline_ingestion_duration_seconds_bucket",
    "pipeline_data_quality_checks_total",
    "pipeline_delta_table_size_bytes",
  ])
    assert.ok((await query(name)).length > 0, name);
});

test("counters go on where they were when the exporter starts again", async () => {
  const counted = await query("sum(pipeline_ingestion_records_total)");
  await stop("exporter");
  const startedSeconds = Date.now() / 1000;
  startExporter();
  await until("a look at the lake after the start", async () => {
    const [refreshed] = await query("pipeline_metrics_refresh_timestamp_seconds");
    return (refreshed?.value ?? 0) > startedSeconds;
  });
  assert.deepEqual(await query("sum(pipeline_ingestion_records_total)"), counted);
  for (const { value } of await query("resets(pipeline_ingestion_records_total[10m])"))
    assert.equal(value, 0);
});

test("every panel's expressions are right, and show data where there can be some", async () => {
  writeFileSync(
    folder.at("impossible.json"),
    JSON.stringify({
      name: "impossible",
      expectations: [{ type: "expect_table_row_count_to_equal", kwargs: { value: 1 }, severity: "warning" }],
      meta: {},
    }),
  );
  await ffe("validate", "raw_market_data_1h", "--suite", "impossible.json");
  await ffe("validate", "raw_market_data_1h", "--suite", "impossible.json");
  const sources = new Map(metricDefinitions.map(({ name, source }) => [name, source]));
  for (const panel of [...mainPanels, ...rows.flatMap((row) => row.panels)])
    for (const { expr } of panel.queries) {
      const asked = expr.replaceAll("$__range", "10m").replaceAll("$asset_pair", ".*");
      const names = [...expr.matchAll(/pipeline_\w+/g)].map(([name]) =>
        name.replace(/_(?:bucket|sum|count)$/, ""),
      );
      // There is no stream here, and no run of a pipeline.
      const isThere = names.every((name) => !["stream", "runs"].includes(sources.get(name) ?? ""));
      if (isThere) await until(`${panel.title}: ${asked}`, async () => (await query(asked)).length > 0);
      else await query(asked);
    }
});

test("a Pushgateway has what the exporter answers", async () => {
  const [{ value: counted } = { value: 0 }] = await query("sum(pipeline_ingestion_records_total)");
  assert.ok(counted > 0);
  await until("all that was counted", async () => {
    const text = await (await fetch(`http://127.0.0.1:${ports.gateway}/metrics`)).text();
    const values = [...text.matchAll(/^pipeline_ingestion_records_total\{.*job="ffe".*\} (\S+)$/gm)];
    return values.reduce((sum, [, value]) => sum + Number(value), 0) === counted;
  });
});

test("Grafana's own types take the dashboard, strictly", () => {
  const dashboard = readFileSync(join(root, "monitoring/grafana/pipeline_health.json"), "utf8");
  assert.equal(faultOf(dashboard), "");
  for (const [right, wrong] of [
    ['"gridPos"', '"gridpos"'],
    ['"title"', '"titel"'],
    ['"refresh": "', '"refresh": 5, "was": "'],
  ] as const) {
    assert.ok(dashboard.includes(right), right);
    assert.notEqual(faultOf(dashboard.replace(right, wrong)), "", wrong);
  }
});

test("an alert reaches a webhook through Alertmanager", async () => {
  await until("the alert of a pipeline that never ran", () => wasTold("firing", "PipelineLate"));
});

test("a run that fails is an alert in Alertmanager, until one succeeds", async () => {
  const pipelines = { mine: { tasks: { only: { run: ["test", "-e", "mended"], retries: [] } } } };
  const alertmanager = `http://127.0.0.1:${ports.alertmanager}`;
  const receivers = { team: { type: "alertmanager", url: alertmanager } };
  // JSON is YAML too.
  writeFileSync(folder.at("config.yaml"), JSON.stringify({ pipelines, alerts: { receivers } }));
  const alerts = (): string =>
    spawnSync("amtool", ["alert", "query", `--alertmanager.url=${alertmanager}`], { encoding: "utf8" })
      .stdout;
  await ffe("pipeline", "run", "mine");
  assert.match(alerts(), /^PipelineFailed .*mine failed: only/m);
  await until("the failure at the webhook", () => wasTold("firing", "PipelineFailed"));
  writeFileSync(folder.at("mended"), "");
  await ffe("pipeline", "run", "mine");
  assert.doesNotMatch(alerts(), /^PipelineFailed/m);
  await until("the end at the webhook", () => wasTold("resolved", "PipelineFailed"));
});

/** Whether the webhook was told of an alert by Alertmanager. */
function wasTold(status: string, alert: string): boolean {
  return webhook.posts.some(({ text }) =>
    text.includes(`"status":"${status}","labels":{"alertname":"${alert}"`),
  );
}

/** What Grafana's types have against a dashboard. */
function faultOf(dashboard: string): string {
  const program = join(import.meta.dirname, ".cache/go-programs/dashboard-check");
  const { error, stderr } = spawnSync(program, { input: dashboard, encoding: "utf8" });
  assert.equal(error, undefined);
  return stderr;
}

async function backfill(asset: string, provider: string): Promise<void> {
  const range = ["--days", "3", "--end", "2026-01-08", "--timeframes", "1m,1h,1d", "--provider", provider];
  await ffe("backfill", "--assets", asset, ...range);
}

function records(asset: string): string {
  return `pipeline_ingestion_records_total{asset_pair="${asset}",timeframe="1h"}`;
}

/** With an interval of a second, and alerts that wait no longer than that. */
function writePrometheusFiles(): void {
  mkdirSync(folder.at("rules"));
  for (const name of readdirSync(join(deploy, "prometheus/rules"))) {
    const rules = readFileSync(join(deploy, "prometheus/rules", name), "utf8");
    writeFileSync(folder.at("rules", name), rules.replaceAll(/for: \d+[mh]/g, "for: 1s"));
  }
  const prometheus = readFileSync(join(deploy, "prometheus/prometheus.yml"), "utf8")
    .replaceAll(/(scrape_interval|evaluation_interval): 15s/g, "$1: 1s")
    .replace("host.docker.internal:9464", `127.0.0.1:${ports.exporter}`)
    .replace("alertmanager:9093", `127.0.0.1:${ports.alertmanager}`);
  writeFileSync(folder.at("prometheus.yml"), prometheus);
  const alertmanager = readFileSync(join(deploy, "alertmanager/alertmanager.yml"), "utf8")
    .replace("group_wait: 30s", "group_wait: 1s")
    .replace("group_interval: 5m", "group_interval: 1s")
    .concat(`    webhook_configs: [{ url: "${webhook.url}" }]\n`);
  writeFileSync(folder.at("alertmanager.yml"), alertmanager);
}

function startExporter(): void {
  const serve = ["metrics", "serve", "--port", String(ports.exporter), "--interval", "1"];
  const push = ["--pushgateway", `http://127.0.0.1:${ports.gateway}`];
  start("exporter", process.execPath, [join(root, "bin/ffe.js"), ...serve, ...push]);
}

function start(name: string, command: string, args: readonly string[]): void {
  const child = spawn(command, args, { cwd: folder.path, stdio: ["ignore", "ignore", "inherit"] });
  child.on("error", (error) => {
    console.error(`${command} is missing: ${error.message}`);
  });
  processes.set(name, child);
}

async function stop(name: string): Promise<void> {
  const child = processes.get(name);
  processes.delete(name);
  if (child === undefined || child.exitCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

async function ffe(...args: readonly string[]): Promise<void> {
  const options = ["--config", folder.at("config.yaml"), "--quiet"];
  await promisify(execFile)(process.execPath, [join(root, "bin/ffe.js"), ...args, ...options], {
    cwd: folder.path,
  }).catch((error: unknown) => {
    // 1: a check did not hold, or rows were rejected.
    if (!(error instanceof Error) || !("code" in error) || error.code !== 1) throw error;
  });
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const Answer = z.object({
  status: z.literal("success"),
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
    ),
  }),
});

/** @throws where Prometheus does not understand the expression. */
async function query(expr: string): Promise<Sample[]> {
  const url = new URL(`http://127.0.0.1:${ports.prometheus}/api/v1/query`);
  url.searchParams.set("query", expr);
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    // It is not up yet.
    return [];
  }
  const text = await response.text();
  if (response.status === 503) return [];
  assert.equal(response.status, 200, `${expr}: ${text}`);
  return Answer.parse(JSON.parse(text)).data.result.map(({ metric, value: [, value] }) => ({
    labels: metric,
    value: Number(value),
  }));
}
