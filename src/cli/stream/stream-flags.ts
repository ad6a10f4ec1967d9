import { loadConfig } from "../../config/load-config.ts";
import { configuredStream } from "../../configured-streams.ts";
import { sourceSpellings } from "../../streaming/job/prepare-stream.ts";
import { streamOptions } from "../../streaming/job/stream-options.ts";
import type { StreamOptions } from "../../streaming/job/stream-options.ts";
import { CommandError } from "../command-error.ts";
import type { CommonOptions } from "../grammar/options.ts";
import type { StreamFlags } from "../grammar/stream.ts";

/** Made-up trades lie apart from real ones. */
const demoStorage = "data/demo";

/** Where a stream's tables lie; `undefined` where the configuration says it. */
export function streamStorage({ source }: StreamOptions, given: string | undefined): string | undefined {
  return given ?? (source === "demo" ? demoStorage : undefined);
}

/**
 * The options of a stream: those that the configuration has under a name, and the flags in their place.
 *
 * @throws CommandError and ConfigError `INVALID_ARGUMENT`
 */
export function streamOptionsOf(name: string | undefined, flags: StreamFlags & CommonOptions): StreamOptions {
  const configured =
    name === undefined ? undefined : configuredStream(loadConfig(flags.config, process.env).config, name);
  const { source = configured?.source, interval, connectTimeout } = flags;
  if (source === undefined)
    throw new CommandError(
      "INVALID_ARGUMENT",
      `--source says where messages come from: ${sourceSpellings.join(", ")}; or name a stream of the configuration`,
    );
  return {
    ...configured,
    ...picked(flags, streamFlagNames),
    source,
    ...(interval === undefined ? {} : { intervalMs: interval }),
    ...(connectTimeout === undefined ? {} : { connectTimeoutMs: connectTimeout }),
  };
}

/** The flags that are options of the stream itself, under the same names. */
const streamFlagNames = Object.keys(streamOptions).filter((name) => isFlagName(name));

function isFlagName(
  name: string,
): name is Exclude<keyof StreamOptions, "intervalMs" | "connectTimeoutMs" | "source"> {
  return name !== "intervalMs" && name !== "connectTimeoutMs" && name !== "source";
}

function picked<Given extends object, Name extends keyof Given>(
  given: Given,
  names: readonly Name[],
): Partial<Pick<Given, Name>> {
  const result: Partial<Pick<Given, Name>> = {};
  for (const name of names) if (given[name] !== undefined) result[name] = given[name];
  return result;
}
