import { isObject, kind } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import { ConfigError } from "./config-error.ts";
import { configSchema } from "./config-schema.ts";
import type { Config } from "./config-schema.ts";
import { unknownKey } from "./unknown-key.ts";

/**
 * Checks a configuration that is given as an object, and fills in the defaults.
 *
 * @throws ConfigError `INVALID_CONFIG` naming each key that is unknown or wrong.
 */
export function checkConfig(given: unknown): Config {
  const result = configSchema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    return issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => `${[...path, key].join(".")}: ${unknownKey(path, key)}`)
      : [`${path.join(".")}: ${issue.message}`];
  });
  throw new ConfigError("INVALID_CONFIG", problems.join("\n"));
}

/** The kind of arguments that are a configuration. */
export const configKind: OptionKind<Config> = kind(
  "a configuration, such as loadConfig().config",
  (config) => isObject(config) && looksLikeConfig(config),
);

/** Whether an object has a key that only a configuration has. */
export function looksLikeConfig(given: object): boolean {
  return Object.keys(given).some((key) => configKeys.has(key));
}

/** Without `market`: the ingester's own options have that key too, with the same meaning. */
const configKeys: ReadonlySet<string> = new Set<Exclude<keyof Config, "market">>([
  "delta_lake",
  "dead_letter_queue",
  "data_quality",
  "providers",
  "state",
  "retry",
  "ingestion",
  "freshness",
  "pipelines",
  "streams",
  "orchestration",
  "alerts",
  "lineage",
  "engine",
]);
