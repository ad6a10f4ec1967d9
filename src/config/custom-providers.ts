/**
 * The user's own providers. Their modules are the user's code: they run with all rights of this process, and nothing here
 * guards against what they do. A module is checked to define a provider; `providers/guarded-provider.ts` later checks that
 * the provider returns bars.
 */
import { resolve } from "node:path";

import { AssetPair } from "../market/asset-pair.ts";
import { builtInProviders } from "../providers/built-in-providers.ts";
import { definitionProblem, isDefinition } from "../providers/definition-shape.ts";
import type { ProviderDefinition } from "../providers/provider-definition.ts";
import { noProvider } from "../providers/provider-registry.ts";
import { ConfigError } from "./config-error.ts";
import type { Config } from "./config-schema.ts";
import { customSections, nameProblems, reservedNames, sectionOf } from "./providers-schema.ts";
import { userModule } from "./user-module.ts";

/**
 * Loads the modules of `providers.custom`, and checks what the configuration says of their providers.
 *
 * @throws ConfigError `INVALID_CONFIG`, naming the module or the key.
 */
export function loadCustomProviders(config: Config): readonly ProviderDefinition[] {
  const { providers } = config;
  const loaded: ProviderDefinition[] = [];
  for (const path of providers.custom) {
    const definition = definitionIn(path);
    const { name } = definition;
    const isTaken = [...builtInProviders, ...loaded].some((other) => other.name === name);
    if (isTaken || reservedNames.has(name))
      throw refused(
        path,
        `defines the provider ${name}, a name that is taken${isTaken ? "" : " by a key of the configuration"}. Give it another name`,
      );
    loaded.push(definition);
  }
  if (loaded.length === 0) return loaded;
  const problems = problemsWith(config, loaded);
  if (problems.length > 0) throw new ConfigError("INVALID_CONFIG", problems.join("\n"));
  return loaded;
}

/** The configuration with the defaults in the sections of the user's own providers. */
export function withCustomDefaults(config: Config, definitions: readonly ProviderDefinition[]): Config {
  const sections = definitions.map(
    ({ name, settings }) => [name, settings.parse(sectionOf(config.providers, name))] as const,
  );
  return { ...config, providers: { ...config.providers, ...Object.fromEntries(sections) } };
}

function definitionIn(path: string): ProviderDefinition {
  const exported = userModule(path, "providers.custom");
  const provider = exported.get("provider");
  if (provider === undefined) {
    const names = [...exported.keys()].filter((name) => name !== "__esModule");
    const has = names.length === 0 ? "exports nothing" : `exports ${names.join(", ")}`;
    throw refused(path, `${has}, but no provider: expected export const provider = …`);
  }
  if (isDefinition(provider)) return provider;
  throw refused(
    path,
    `exports something that is not a provider: ${definitionProblem("provider", provider) ?? ""}`,
  );
}

function refused(path: string, what: string): ConfigError {
  return new ConfigError("INVALID_CONFIG", `providers.custom: ${resolve(path)} ${what}`);
}

function problemsWith(config: Config, loaded: readonly ProviderDefinition[]): string[] {
  const { providers, symbols } = config;
  const all = [...builtInProviders, ...loaded];
  const names = all.map(({ name }) => name);
  const unknown = customSections(providers)
    .filter((key) => !names.includes(key))
    .map((key) => `providers.${key}: unknown key. ${noProvider(key, names)}`);
  const inSections = loaded.flatMap(({ name, settings }) => {
    const section = new Map<string, unknown>(Object.entries(providers)).get(name) ?? {};
    const issues = settings.safeParse(section).error?.issues ?? [];
    return issues.map(
      ({ path, message }) => `${["providers", name, ...path].map(String).join(".")}: ${message}`,
    );
  });
  const inNames = nameProblems(providers, all).map(
    ({ path, message }) => `${["providers", ...path].join(".")}: ${message}`,
  );
  const inSymbols = loaded.flatMap((definition) =>
    Object.entries(new Map(Object.entries(symbols)).get(definition.name) ?? {}).flatMap(
      ([asset, spelling]) => {
        const problem = definition.spellingProblem?.(AssetPair.parse(asset), spelling);
        return problem === undefined ? [] : [`symbols.${definition.name}.${asset}: ${problem}`];
      },
    ),
  );
  return [...unknown, ...inSections, ...inNames, ...inSymbols];
}
