import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";

import { dashboardFile, dashboardText } from "../../../scripts/grafana/dashboard.ts";
import { metricDefinitions } from "../../../src/monitoring/metrics/definitions.ts";

const root = join(import.meta.dirname, "../../..");

const Panel = z.looseObject({
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  datasource: z.object({ uid: z.string() }).optional(),
  fieldConfig: z
    .looseObject({
      defaults: z.looseObject({
        unit: z.string().optional(),
        thresholds: z
          .looseObject({ steps: z.array(z.object({ value: z.number().nullable(), color: z.string() })) })
          .optional(),
      }),
    })
    .optional(),
  targets: z.array(z.looseObject({ expr: z.string() })).optional(),
});
const dashboard = z
  .looseObject({ uid: z.string(), title: z.string(), panels: z.array(Panel) })
  .parse(JSON.parse(readFileSync(join(root, dashboardFile), "utf8")));
const panels = dashboard.panels.filter(({ type }) => type !== "row");

test("the dashboard in the repository is what the code makes", () => {
  assert.equal(readFileSync(join(root, dashboardFile), "utf8"), dashboardText());
});

test("its first five panels are those of the user's document, in order", () => {
  assert.deepEqual(
    dashboard.panels.slice(0, 5).map(({ title }) => title),
    [
      "Ingestion Rate",
      "Data Quality Failure Rate",
      "Latency Percentiles",
      "Storage Growth",
      "Provider Distribution",
    ],
  );
  assert.deepEqual(
    dashboard.panels.filter(({ type }) => type === "row").map(({ title }) => title),
    ["Quality", "Runs", "Streams", "Storage"],
  );
});

test("the failure rate is green below 1 %, yellow, and red from 5 % on", () => {
  assert.deepEqual(panels[1]?.fieldConfig?.defaults.thresholds?.steps, [
    { value: null, color: "green" },
    { value: 1, color: "yellow" },
    { value: 5, color: "red" },
  ]);
});

test("every expression asks for metrics that the product shows, by labels that they have", () => {
  for (const { title, targets = [] } of panels) {
    assert.ok(targets.length > 0, title);
    for (const { expr } of targets) assert.deepEqual(problemsOf(expr), [], `${title}: ${expr}`);
  }
  assert.deepEqual(problemsOf("sum(pipeline_no_such_total)"), ["pipeline_no_such_total is no metric"]);
  assert.deepEqual(problemsOf('pipeline_dead_letters{color="red"}'), ["pipeline_dead_letters has no color"]);
});

test("every panel says what it shows, in which unit, from the chosen data source, and lies beside the others", () => {
  for (const { title, description = "", datasource, fieldConfig, gridPos } of panels) {
    assert.match(description, /^[A-Z].*\.$/, title);
    assert.equal(datasource?.uid, "${datasource}", title);
    assert.ok(fieldConfig?.defaults.unit !== undefined, title);
    assert.ok(gridPos.x + gridPos.w <= 24, title);
  }
  for (const [place, one] of dashboard.panels.entries())
    for (const other of dashboard.panels.slice(place + 1))
      assert.ok(!overlap(one.gridPos, other.gridPos), `${one.title} lies over ${other.title}`);
});

/** What is wrong with the metrics and the labels that an expression names. */
export function problemsOf(expr: string): string[] {
  return [...expr.matchAll(/\b(pipeline_\w+)(?:\{([^}]*)\})?/g)].flatMap(([, name = "", matchers = ""]) => {
    const definition = metricDefinitions.find(
      (one) =>
        one.name === name ||
        (one.type === "histogram" && name.replace(/_(?:bucket|sum|count)$/, "") === one.name),
    );
    if (definition === undefined) return [`${name} is no metric`];
    const labels = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label);
    return labels
      .filter((label) => !definition.labels.includes(label))
      .map((label) => `${name} has no ${label}`);
  });
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function overlap(one: Place, other: Place): boolean {
  return (
    one.x < other.x + other.w &&
    other.x < one.x + one.w &&
    one.y < other.y + other.h &&
    other.y < one.y + one.h
  );
}
