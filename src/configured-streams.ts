/**
 * Above all rooms: streams of a configuration as the options of a stream, for the command line and for programs.
 */
import { nearestName, nonEmptyText, required } from "finance-feedback-delta/contract";

import { assertArguments } from "./config/arguments.ts";
import { checkConfig, configKind } from "./config/check-config.ts";
import { ConfigError } from "./config/config-error.ts";
import type { Config } from "./config/config-schema.ts";
import { byteSize, intervalMs, speedFactor } from "./config/texts-of-amounts.ts";
import type { StreamOptions } from "./streaming/job/stream-options.ts";

/**
 * A stream of the configuration, as the options of a `StreamingIngester`.
 *
 * @throws ConfigError `INVALID_ARGUMENT` of a name that the configuration does not have.
 * @example
 * const { config } = loadConfig();
 * const ingester = new StreamingIngester(lake, configuredStream(config, "trades"));
 */
export function configuredStream(config: Config, name: string): StreamOptions {
  assertArguments(
    "configuredStream",
    { config, name },
    { config: required(configKind), name: required(nonEmptyText) },
  );
  const { streams } = checkConfig(config);
  const stream = new Map(Object.entries(streams)).get(name);
  if (stream === undefined) {
    const names = Object.keys(streams);
    const nearest = nearestName(name, names);
    const known = names.length === 0 ? "It has none" : `They are ${names.join(", ")}`;
    throw new ConfigError(
      "INVALID_ARGUMENT",
      `The configuration has no stream ${name}. ${nearest === undefined ? known : `Did you mean ${nearest}?`}`,
    );
  }
  const {
    time_unit,
    interval,
    max_rows,
    max_bytes,
    max_rejected_share,
    on_gap,
    until_now,
    speed,
    ...others
  } = stream;
  const { tls_ca, tls_cert, tls_key, connect_timeout, metadata_max_age, ...same } = others;
  return {
    ...same,
    name,
    timeUnit: time_unit,
    intervalMs: interval === undefined ? undefined : intervalMs(interval),
    maxRows: max_rows,
    maxBytes: typeof max_bytes === "string" ? byteSize(max_bytes) : max_bytes,
    maxRejectedShare: max_rejected_share,
    onGap: on_gap,
    tlsCa: tls_ca,
    tlsCert: tls_cert,
    tlsKey: tls_key,
    connectTimeoutMs: connect_timeout === undefined ? undefined : intervalMs(connect_timeout),
    metadataMaxAgeMs: metadata_max_age === undefined ? undefined : intervalMs(metadata_max_age),
    untilNow: until_now,
    speed: typeof speed === "string" ? speedFactor(speed) : speed,
  };
}
