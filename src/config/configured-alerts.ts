import { nearestName } from "finance-feedback-delta/contract";

import { readAlerts } from "../orchestration/alerts/alerts-schema.ts";
import type { NamedReceiver } from "../orchestration/alerts/alerts-schema.ts";
import { ConfigError } from "./config-error.ts";
import type { Config } from "./config-schema.ts";

/**
 * The receivers of alerts.
 *
 * @param pipelines the names of all pipelines, also of those that modules define.
 * @throws ConfigError `INVALID_CONFIG` for a receiver of a pipeline that does not exist.
 */
export function configuredAlerts(
  { alerts }: Pick<Config, "alerts">,
  pipelines: readonly string[],
): readonly NamedReceiver[] {
  const receivers = readAlerts(alerts);
  for (const { name, settings } of receivers)
    for (const pipeline of settings.pipelines ?? [])
      if (!pipelines.includes(pipeline)) {
        const meant = nearestName(pipeline, pipelines);
        throw new ConfigError(
          "INVALID_CONFIG",
          `alerts.receivers.${name}.pipelines: there is no pipeline ${pipeline}${meant === undefined ? `; there are ${pipelines.join(", ")}` : `. Did you mean ${meant}?`}`,
        );
      }
  return receivers;
}
