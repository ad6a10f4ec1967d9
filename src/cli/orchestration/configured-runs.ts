import { resolve } from "node:path";

import { configuredAlerts } from "../../config/configured-alerts.ts";
import { configuredPipelines } from "../../config/configured-pipelines.ts";
import { loadConfig } from "../../config/load-config.ts";
import { besideTables, isRemote } from "../beside-tables.ts";
import type { CommonOptions } from "../grammar/options.ts";
import { withOpenedRuns } from "./opened-runs.ts";
import type { OpenedRuns } from "./opened-runs.ts";
import type { RunSettings } from "./run-settings.ts";

/** Opens the runs that the configuration of a command names. */
export async function withRuns(
  options: CommonOptions,
  work: (opened: OpenedRuns) => Promise<number>,
): Promise<number> {
  return withOpenedRuns(configuredRuns(options), work);
}

/** What the configuration says of runs. */
export function configuredRuns({ config: path, storage }: CommonOptions): RunSettings {
  const { config, file } = loadConfig(path);
  const pipelines = configuredPipelines(config).map(({ definition }) => definition);
  return {
    pipelines,
    stateFolder: resolve(besideTables(storage, "state", config.state.path)),
    context: {
      workingFolder: process.cwd(),
      config: file === undefined ? undefined : resolve(file),
      storage: storage === undefined || isRemote(storage) ? storage : resolve(storage),
    },
    receivers: configuredAlerts(
      config,
      pipelines.map(({ name }) => name),
    ),
    lineage: config.lineage,
  };
}
