import { readFileSync } from "node:fs";
import * as z from "zod";

import { publishDashboard } from "../../monitoring/dashboard/publish-dashboard.ts";
import { loadConfig } from "../../config/load-config.ts";
import { systemClock } from "../../seams/clock.ts";
import { CommandError } from "../command-error.ts";
import type { DashboardsPublishOptions } from "../grammar/dashboards.ts";
import { writeOut } from "../output/write-out.ts";

/** The dashboard that comes with the package. */
const dashboardFile = new URL("../../../monitoring/grafana/pipeline_health.json", import.meta.url);

const Dashboard = z.looseObject({ uid: z.string(), title: z.string() });

/** `ffe dashboards publish`: without a Grafana it does nothing, so a pipeline also works without one. */
export async function dashboardsPublish(options: DashboardsPublishOptions): Promise<number> {
  const { config } = loadConfig(options.config, process.env);
  const url = options.grafanaUrl ?? process.env["GRAFANA_URL"] ?? config.metrics.grafana_url;
  if (url === undefined || url === "") {
    await write(options, { published: [], skipped: "no Grafana is configured" }, [
      "Skipped: no Grafana is configured. Set metrics.grafana_url, or GRAFANA_URL, to publish dashboards.",
    ]);
    return 0;
  }
  if (!URL.canParse(url))
    throw new CommandError(
      "INVALID_ARGUMENT",
      `"${url}" is not the address of a Grafana; write it like http://localhost:3000`,
    );
  const published = await publishDashboard({
    url,
    token: process.env["GRAFANA_TOKEN"],
    dashboard: Dashboard.parse(JSON.parse(readFileSync(dashboardFile, "utf8"))),
    annotation: annotationOf(process.env),
    nowMs: systemClock.now(),
    fetch: globalThis.fetch,
  });
  await write(options, { published: [published], skipped: null }, [
    `${published.title} is published: ${published.url} (version ${published.version})`,
  ]);
  return 0;
}

/** The run that the command is a task of, if any. */
function annotationOf({ FFE_PIPELINE: pipeline, FFE_RUN_ID: run }: NodeJS.ProcessEnv): string {
  if (pipeline === undefined) return "ffe dashboards publish";
  return run === undefined ? pipeline : `${pipeline}, run ${run}`;
}

async function write(
  { json }: DashboardsPublishOptions,
  document: object,
  lines: readonly string[],
): Promise<void> {
  await writeOut(json === true ? `${JSON.stringify(document, null, 2)}\n` : `${lines.join("\n")}\n`);
}
