import { resolve } from "node:path";
import { shown } from "finance-feedback-delta/contract";

import { builtInPipelines } from "../orchestration/definition/built-in-pipelines.ts";
import { isDefined } from "../orchestration/definition/define-pipeline.ts";
import type { PipelineDefinition } from "../orchestration/definition/pipeline-definition.ts";
import { readPipelines } from "../orchestration/definition/pipeline-schema.ts";
import { ConfigError } from "./config-error.ts";
import type { Config } from "./config-schema.ts";
import { userModule } from "./user-module.ts";

/** A pipeline, and where it is defined. */
export interface ConfiguredPipeline {
  readonly definition: PipelineDefinition;
  /** `built in`, `configuration`, or the path of a module. */
  readonly source: string;
}

/**
 * All pipelines: the built-in ones as the configuration has them, then its own, then those of the modules that it names.
 *
 * @throws ConfigError `INVALID_CONFIG`, naming the module.
 */
export function configuredPipelines(
  config: Pick<Config, "pipelines" | "orchestration">,
): readonly ConfiguredPipeline[] {
  const own = new Map(
    readPipelines(config.pipelines, builtInPipelines).map(
      (definition) => [definition.name, definition] as const,
    ),
  );
  const builtIn = builtInPipelines.map((definition) => {
    const changed = own.get(definition.name);
    return {
      definition: changed ?? definition,
      source: changed === undefined ? "built in" : "configuration",
    };
  });
  const names = new Set(builtInPipelines.map(({ name }) => name));
  const others = [...own.values()]
    .filter(({ name }) => !names.has(name))
    .map((definition) => ({ definition, source: "configuration" }));
  const all = [...builtIn, ...others];
  for (const path of config.orchestration.modules)
    for (const definition of pipelinesIn(path)) {
      const taken = all.find((one) => one.definition.name === definition.name);
      if (taken !== undefined)
        throw refused(
          path,
          `defines ${definition.name}, a name that is taken (${taken.source}). Give it another name`,
        );
      all.push({ definition, source: resolve(path) });
    }
  return all;
}

function pipelinesIn(path: string): readonly PipelineDefinition[] {
  const exported = userModule(path, key).get("pipelines");
  if (!Array.isArray(exported))
    throw refused(
      path,
      "has no list of pipelines: expected export const pipelines = [definePipeline({ … })]",
    );
  return exported.map((one: unknown, index) => {
    if (isDefined(one)) return one;
    throw refused(path, `has an entry that definePipeline did not make: pipelines[${index}], ${shown(one)}`);
  });
}

const key = "orchestration.modules";

function refused(path: string, what: string): ConfigError {
  return new ConfigError("INVALID_CONFIG", `${key}: ${resolve(path)} ${what}`);
}
