/**
 * Makes monitoring/grafana/pipeline_health.json, with the builders of Grafana's own SDK: the classic form, which provisioning
 * and "Import" take everywhere. A test makes it again and compares.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { ReduceDataOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder as PiePanel } from "@grafana/grafana-foundation-sdk/piechart";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatPanel } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as SeriesPanel } from "@grafana/grafana-foundation-sdk/timeseries";

import { mainPanels, rows } from "./dashboard-panels.ts";
import type { PanelPlan, PanelQuery } from "./dashboard-panels.ts";

const source = { type: "prometheus", uid: "${datasource}" };
const panelHeight = 8;

/** Where the dashboard lies in the repository. */
export const dashboardFile = "monitoring/grafana/pipeline_health.json";

/** The file's text. */
export function dashboardText(): string {
  const dashboard = new DashboardBuilder("Pipeline Health")
    .uid("ffe-pipeline-health")
    .description("Made by scripts/grafana/dashboard.ts: change it there.")
    .tags(["finance-feedback-pipelines"])
    .timezone("utc")
    .time({ from: "now-24h", to: "now" })
    .refresh("1m")
    .editable()
    .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"))
    .withVariable(
      new QueryVariableBuilder("asset_pair")
        .label("Asset")
        .datasource(source)
        .query("label_values(pipeline_ingestion_records_total, asset_pair)")
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue(".*")
        .current({ selected: true, text: "All", value: "$__all" }),
    );
  for (const plan of mainPanels) dashboard.withPanel(panelOf(plan));
  for (const { title, panels } of rows) {
    dashboard.withRow(new RowBuilder(title));
    for (const plan of panels) dashboard.withPanel(panelOf(plan));
  }
  return `${JSON.stringify(dashboard.build(), null, 2)}\n`;
}

function panelOf(plan: PanelPlan): SeriesPanel | StatPanel | PiePanel {
  switch (plan.kind) {
    case "timeseries":
      return withPlan(new SeriesPanel(), plan);
    case "stat":
      return withPlan(new StatPanel().reduceOptions(lastValue()), plan);
    case "piechart":
      return withPlan(new PiePanel().reduceOptions(lastValue()), plan);
  }
}

function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
}

function withPlan<Panel extends SeriesPanel | StatPanel | PiePanel>(panel: Panel, plan: PanelPlan): Panel {
  panel
    .title(plan.title)
    .description(plan.description)
    .datasource(source)
    .unit(plan.unit)
    .span(plan.width)
    .height(panelHeight);
  if (plan.noValue !== undefined) panel.noValue(plan.noValue);
  if (plan.thresholds !== undefined)
    panel.thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(plan.thresholds.map(({ from, color }) => ({ value: from, color }))),
    );
  for (const [place, query] of plan.queries.entries()) {
    const refId = String.fromCodePoint(65 + place);
    panel.withTarget(queryOf(query, refId));
    if (query.rightAxisUnit !== undefined)
      panel.overrideByQuery(refId, [
        { id: "unit", value: query.rightAxisUnit },
        ...(plan.kind === "timeseries" ? [{ id: "custom.axisPlacement", value: "right" }] : []),
        ...(plan.kind === "stat" ? [{ id: "color", value: { mode: "fixed", fixedColor: "text" } }] : []),
      ]);
  }
  return panel;
}

function queryOf({ expr, legend, isInstant = false }: PanelQuery, refId: string): DataqueryBuilder {
  const query = new DataqueryBuilder().datasource(source).refId(refId).expr(expr).legendFormat(legend);
  return isInstant ? query.instant() : query.range();
}

if (import.meta.main) {
  const path = join(import.meta.dirname, "../..", dashboardFile);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, dashboardText());
}
