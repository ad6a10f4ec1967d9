import type { Command } from "commander";

import type { CommonOptions, SetExitCode } from "./options.ts";

export interface DashboardsPublishOptions extends Omit<CommonOptions, "storage"> {
  readonly grafanaUrl?: string;
}

/** The grammar of `ffe dashboards`. */
export function addDashboardsCommands(program: Command, setExitCode: SetExitCode): void {
  program
    .command("dashboards")
    .description("dashboards for Grafana")
    .command("publish")
    .description("upload the dashboard to Grafana, and mark the run on it; nothing to do without a Grafana")
    .option(
      "--grafana-url <url>",
      "address of Grafana (default: GRAFANA_URL, metrics.grafana_url); the token stands in GRAFANA_TOKEN",
    )
    .option(
      "--config <file>",
      "configuration file (default: FFE_CONFIG, config/config.local.yaml, config/config.yaml)",
    )
    .option("--json", "print one JSON document on stdout, and nothing else")
    .action(async (options: DashboardsPublishOptions) => {
      const { dashboardsPublish } = await import("../commands/dashboards-publish.ts");
      setExitCode(await dashboardsPublish(options));
    });
}
