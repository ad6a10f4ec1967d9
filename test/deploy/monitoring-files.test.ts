// The files of deploy/ as far as they can be checked without Docker: interop/monitoring.test.ts has real peers read them.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import * as z from "zod";

import { metricDefinitions } from "../../src/monitoring/metrics/definitions.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { systemClock } from "../../src/seams/clock.ts";

const root = join(import.meta.dirname, "../..");

function read(path: string): unknown {
  const value: unknown = parse(readFileSync(join(root, path), "utf8"));
  return value;
}

const Service = z.looseObject({
  profiles: z.array(z.string()),
  image: z.string(),
  volumes: z.array(z.string()),
  ports: z.array(z.string()),
  healthcheck: z.object({ test: z.array(z.string()) }).loose(),
  restart: z.literal("unless-stopped"),
  stop_grace_period: z.string(),
  depends_on: z.array(z.string()).optional(),
});
const compose = z
  .object({
    name: z.string(),
    services: z.object({ prometheus: Service, alertmanager: Service, grafana: Service }).loose(),
    volumes: z.looseObject({}),
  })
  .parse(read("deploy/compose.yaml"));
const { prometheus, alertmanager, grafana } = compose.services;
const services = { prometheus, alertmanager, grafana };

test("docker compose up -d grafana finds its service from the root", () => {
  const { include } = z.object({ include: z.array(z.string()) }).parse(read("compose.yaml"));
  assert.deepEqual(include, ["deploy/compose.yaml"]);
  assert.deepEqual(grafana.depends_on, ["prometheus", "alertmanager"]);
});

test("each service is pinned, healthy by a check, and reached from this machine alone", () => {
  const text = readFileSync(join(root, "deploy/compose.yaml"), "utf8");
  for (const [name, { profiles, image, ports, healthcheck }] of Object.entries(services)) {
    assert.deepEqual(profiles, ["monitoring"], name);
    assert.match(image, /^[\w./-]+:v?\d+\.\d+\.\d+$/, name);
    assert.match(text, new RegExp(`image: ${image} # \\w`), `${name}: what was tried`);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/, name);
    assert.equal(healthcheck.test[0], "CMD", name);
  }
});

test("each mounted file and named volume is there", () => {
  for (const [name, { volumes }] of Object.entries(services))
    for (const volume of volumes) {
      const [source = ""] = volume.split(":");
      if (source.startsWith("."))
        assert.ok(existsSync(resolve(root, "deploy", source)), `${name}: ${source}`);
      else assert.ok(source in compose.volumes, `${name}: ${source}`);
    }
});

test("variables of the compose file have a default and a line in .env.example", () => {
  const text = readFileSync(join(root, "deploy/compose.yaml"), "utf8");
  const example = readFileSync(join(root, "deploy/.env.example"), "utf8");
  const names = [...text.matchAll(/\$\{(\w+)(:-[^}]*)?\}/g)];
  assert.ok(names.length > 0);
  for (const [, name = "", fallback] of names) {
    assert.notEqual(fallback, undefined, name);
    assert.match(example, new RegExp(`^${name}=`, "m"));
  }
});

test("Prometheus scrapes the port that ffe metrics serve answers at, and asks the Alertmanager that is there", () => {
  const config = z
    .looseObject({
      rule_files: z.array(z.string()),
      alerting: z.object({
        alertmanagers: z.array(
          z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
        ),
      }),
      scrape_configs: z.array(
        z.object({
          job_name: z.string(),
          static_configs: z.array(z.object({ targets: z.array(z.string()) })),
        }),
      ),
    })
    .parse(read("deploy/prometheus/prometheus.yml"));
  const [scrape] = config.scrape_configs;
  const serve = buildProgram(() => {}, systemClock)
    .commands.find((one) => one.name() === "metrics")
    ?.commands.find((one) => one.name() === "serve");
  const port: unknown = serve?.options.find(({ long }) => long === "--port")?.defaultValue;
  assert.equal(scrape?.job_name, "ffe");
  assert.deepEqual(scrape.static_configs[0]?.targets, [`host.docker.internal:${String(port)}`]);
  assert.deepEqual(config.rule_files, ["rules/*.yml"]);
  assert.deepEqual(config.alerting.alertmanagers[0]?.static_configs[0]?.targets, ["alertmanager:9093"]);
});

test("every alert rule asks for metrics that the product shows, and says what to type", () => {
  const { groups } = z
    .object({
      groups: z.array(
        z.looseObject({
          rules: z.array(
            z.looseObject({
              alert: z.string(),
              expr: z.string(),
              labels: z.object({ severity: z.enum(["critical", "warning"]) }),
              annotations: z.object({ summary: z.string(), action: z.string() }),
            }),
          ),
        }),
      ),
    })
    .parse(read("deploy/prometheus/rules/pipeline.yml"));
  const known = new Set(metricDefinitions.map(({ name }) => name));
  const rules = groups.flatMap((group) => group.rules);
  for (const { alert, expr } of rules)
    for (const [name] of expr.matchAll(/\bpipeline_\w+/g)) assert.ok(known.has(name), `${alert}: ${name}`);
  for (const wanted of [
    "PipelineLate",
    "QualityFailing",
    "SeriesStale",
    "StreamLagGrowing",
    "StreamStopped",
    "DeadLettersRising",
    "CircuitOpen",
    "SmallFiles",
    "ExporterStale",
    "ScrapeDown",
  ])
    assert.ok(
      rules.some(({ alert }) => alert === wanted),
      wanted,
    );
});

test("Grafana is provisioned with the data source of the compose file and the dashboard", () => {
  const { datasources } = z
    .looseObject({ datasources: z.array(z.looseObject({ uid: z.string(), url: z.string() })) })
    .parse(read("deploy/grafana/provisioning/datasources/prometheus.yml"));
  assert.deepEqual(
    datasources.map(({ uid, url }) => [uid, url]),
    [["ffe-prometheus", "http://prometheus:9090"]],
  );
  const { providers } = z
    .looseObject({
      providers: z.array(
        z.looseObject({ allowUiUpdates: z.literal(true), options: z.object({ path: z.string() }) }),
      ),
    })
    .parse(read("deploy/grafana/provisioning/dashboards/pipelines.yml"));
  const path = providers[0]?.options.path ?? "";
  const mounted = grafana.volumes.find((volume) => volume.split(":")[1] === path)?.split(":")[0] ?? "";
  assert.ok(existsSync(resolve(root, "deploy", mounted, "pipeline_health.json")));
  assert.equal(dirname(path), "/var/lib/grafana");
});
