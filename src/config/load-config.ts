/**
 * The configuration. What this folder guarantees:
 * - A configuration that is returned has all keys, with their defaults, and every value can be used.
 * - A file that cannot be used is a `ConfigError` that names the file, the line and the key.
 * - No key is for a secret: keys of providers come from the environment.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LineCounter, isMap, isNode, isScalar, parseDocument } from "yaml";
import { anyText, environment as environmentKind, fileReason } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import { ConfigError } from "./config-error.ts";
import { configSchema } from "./config-schema.ts";
import type { Config } from "./config-schema.ts";
import { durationSeconds } from "../market/duration-text.ts";
import { unknownKey } from "./unknown-key.ts";
import { decodeUtf8 } from "./utf8-text.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** The file it came from, or `undefined` for the built-in defaults. */
  readonly file: string | undefined;
}

/** A configuration of which some keys were not read. */
export interface PartialConfig extends LoadedConfig {
  /** What the file has at them. */
  readonly unread: Readonly<Record<string, unknown>>;
}

export const defaultConfigFile = "config/config.yaml";
const searchedFiles: readonly string[] = ["config/config.local.yaml", defaultConfigFile];

/**
 * Reads the configuration: `--config FILE`, `FFE_CONFIG`, `config/config.local.yaml`, `config/config.yaml`, built-in
 * defaults. The first one that exists counts.
 *
 * @param environment the process's own when left out.
 * @throws ConfigError naming file, line and key, also when a named file does not exist.
 */
export function loadConfig(
  explicitFile?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): LoadedConfig {
  assertArguments(
    "loadConfig",
    { explicitFile, environment },
    { explicitFile: anyText, environment: environmentKind },
  );
  const { config, file } = readConfig(explicitFile, environment["FFE_CONFIG"]);
  return { config: withPatience(config, environment["FFE_RETRY_PATIENCE"]), file };
}

/**
 * Reads the configuration as if the file had nothing at some keys, for a command that can do without them.
 *
 * @throws ConfigError as `loadConfig` does, of the other keys.
 */
export function loadConfigWithout(
  keys: readonly string[],
  explicitFile?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): PartialConfig {
  const { config, file, unread } = readConfig(explicitFile, environment["FFE_CONFIG"], keys);
  return { config: withPatience(config, environment["FFE_RETRY_PATIENCE"]), file, unread };
}

/** Pipelines set it to 0: their own retries are the patience of their tasks. */
function withPatience(config: Config, patience: string | undefined): Config {
  if (patience === undefined || patience === "") return config;
  if (patience !== "0" && durationSeconds(patience) === undefined)
    throw new ConfigError(
      "INVALID_CONFIG",
      `FFE_RETRY_PATIENCE=${patience}: expected a duration such as 15m, 2h or 1d, or 0`,
    );
  return { ...config, retry: { ...config.retry, patience } };
}

function readConfig(
  explicitFile: string | undefined,
  ofEnvironment: string | undefined,
  without: readonly string[] = [],
): PartialConfig {
  const named = explicitFile ?? ofEnvironment;
  if (named !== undefined && named !== "") {
    if (!existsSync(named))
      throw new ConfigError("CONFIG_NOT_FOUND", `There is no configuration file ${named}`);
    return { ...parsed(readText(named), named, without), file: named };
  }
  const found = searchedFiles.find((file) => existsSync(file));
  if (found === undefined) return { config: configSchema.parse({}), file: undefined, unread: {} };
  return { ...parsed(readText(found), found, without), file: found };
}

/** Paths of modules in a configuration file are relative to its folder. */
function fromFolderOf(file: string, config: Config): Config {
  const absolute = (paths: readonly string[]): readonly string[] =>
    paths.map((path) => resolve(dirname(file), path));
  const { providers, orchestration } = config;
  return {
    ...config,
    providers: { ...providers, custom: absolute(providers.custom) },
    orchestration: { ...orchestration, modules: absolute(orchestration.modules) },
  };
}

function readText(file: string): string {
  const decoded = decodeUtf8(readBytes(file));
  if ("text" in decoded) return decoded.text;
  throw new ConfigError(
    "INVALID_CONFIG",
    `${file}, line ${decoded.brokenLine}: this is not UTF-8; save the file as UTF-8`,
  );
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError(
      "INVALID_CONFIG",
      `Cannot read the configuration file ${file}: ${fileReason(error)}`,
      { cause: error },
    );
  }
}

/** @throws ConfigError naming file, line and key. */
export function parseConfig(text: string, file: string): Config {
  return parsed(text, file, []).config;
}

function parsed(text: string, file: string, without: readonly string[]): Omit<PartialConfig, "file"> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    throw new ConfigError(
      "INVALID_CONFIG",
      `${file}, line ${lines.linePos(syntax.pos[0]).line}: ${syntax.message.replace(/ at line \d+, column \d+:[^]*$/, "")}`,
      {
        cause: syntax,
      },
    );
  }
  const whole = withoutNulls(document.toJS() ?? {});
  const entries = isMap(document.contents) ? Object.entries(whole ?? {}) : [];
  const unread = Object.fromEntries(entries.filter(([key]) => without.includes(key)));
  const value =
    without.length === 0 || !isMap(document.contents)
      ? whole
      : Object.fromEntries(entries.filter(([key]) => !without.includes(key)));
  const result = configSchema.safeParse(value);
  if (result.success) return { config: fromFolderOf(file, result.data), unread };
  const problems = result.error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const keys = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
    return keys.map((keyPath) => {
      const line = lineOf(keyPath);
      const where = line === undefined ? file : `${file}, line ${line}`;
      const what =
        issue.code === "unrecognized_keys" ? unknownKey(path, keyPath.at(-1) ?? "") : issue.message;
      return `${where}: ${keyPath.length === 0 ? "the document" : keyPath.join(".")}: ${what}`;
    });
  });
  throw new ConfigError("INVALID_CONFIG", problems.join("\n"));

  /** The line of the innermost key, or element of a list, of the path that the document has. */
  function lineOf(path: readonly string[]): number | undefined {
    for (let length = path.length; length > 0; length -= 1) {
      const parent = document.getIn(path.slice(0, length - 1), true);
      const key = path[length - 1];
      const pair = isMap(parent)
        ? parent.items.find((one) => isScalar(one.key) && String(one.key.value) === key)
        : undefined;
      const node = pair?.key ?? document.getIn(path.slice(0, length), true);
      const offset = isNode(node) ? node.range?.[0] : undefined;
      if (offset !== undefined) return lines.linePos(offset).line;
    }
    return undefined;
  }
}

/** A key without a value, such as one whose keys are all commented out, counts as absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) => (entry === null ? [] : [[key, withoutNulls(entry)]])),
  );
}
