import { resolve } from "node:path";
import { isObject } from "finance-feedback-delta/contract";

import { configuredAlerts } from "../../config/configured-alerts.ts";
import { ConfigError } from "../../config/config-error.ts";
import { configuredPipelines } from "../../config/configured-pipelines.ts";
import { loadConfig, loadConfigWithout } from "../../config/load-config.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import { builtInPipelines } from "../../orchestration/definition/built-in-pipelines.ts";
import type { PipelineDefinition } from "../../orchestration/definition/pipeline-definition.ts";
import { readPipelines } from "../../orchestration/definition/pipeline-schema.ts";
import { openReadableRunStore } from "../../orchestration/state/run-store.ts";
import { besideTables, isRemote } from "../beside-tables.ts";
import type { CommonOptions } from "../grammar/options.ts";
import { say } from "../output/say.ts";
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

/** As `withRuns`, for a command that only needs the state: a pipeline that is wrong costs it a warning. */
export async function withSoundRuns(
  options: CommonOptions,
  work: (opened: OpenedRuns) => Promise<number>,
): Promise<number> {
  return withOpenedRuns(soundRuns(options), work);
}

/** As `withSoundRuns`, for a command that only reads: it works where nothing can be written. */
export async function readingRuns(
  options: CommonOptions,
  work: (opened: OpenedRuns) => Promise<number>,
): Promise<number> {
  return withOpenedRuns(soundRuns(options), work, openReadableRunStore);
}

/** What the configuration says of runs. */
export function configuredRuns(options: CommonOptions): RunSettings {
  const loaded = loadConfig(options.config);
  const pipelines = configuredPipelines(loaded.config).map(({ definition }) => definition);
  return settingsOf(loaded, pipelines, options);
}

function soundRuns(options: CommonOptions): RunSettings {
  try {
    return configuredRuns(options);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== "INVALID_CONFIG") throw error;
    const loaded = loadConfigWithout(["pipelines", "orchestration", "alerts"], options.config);
    const given = isObject(loaded.unread["pipelines"]) ? Object.entries(loaded.unread["pipelines"]) : [];
    const sound = given.filter(
      (one) => readPipelines(Object.fromEntries([one]), builtInPipelines).length > 0,
    );
    const config = { pipelines: Object.fromEntries(sound), orchestration: { modules: [] } };
    const pipelines = configuredPipelines(config).map(({ definition }) => definition);
    const [problem = ""] = error.message.split("\n");
    say(`Warning: ${problem}. What is wrong is left out here; ffe pipeline list says all of it.`);
    return settingsOf(loaded, pipelines, options);
  }
}

function settingsOf(
  { config, file }: LoadedConfig,
  pipelines: readonly PipelineDefinition[],
  { storage }: CommonOptions,
): RunSettings {
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
