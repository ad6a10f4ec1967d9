import * as z from "zod";

import { builtInProviders, defaultFallbackChain } from "../providers/built-in-providers.ts";
import type { ProviderChoice } from "../providers/provider-chain.ts";
import { isProviderName } from "../providers/provider-chain.ts";
import type { ProviderDefinition } from "../providers/provider-definition.ts";
import { noProvider } from "../providers/provider-registry.ts";
import type { ProviderName } from "../providers/provider.ts";

/** Which providers are asked, and a section for each provider under its name. */
export interface ProviderSelection {
  /** The provider of a backfill without `--provider`. */
  readonly default: ProviderChoice;
  /** Which providers `auto` asks, in this order, each for what it can serve. */
  readonly chain: readonly ProviderName[];
  /** Modules with the user's own providers; `loadConfig` makes their paths absolute. */
  readonly custom: readonly string[];
}

/** The provider's definition says which keys its section has; `sectionOf` returns it. */
export type ProvidersConfig = ProviderSelection & Readonly<Record<string, unknown>>;

const selection = {
  default: z.string().default("auto"),
  chain: z
    .array(z.string())
    .min(1)
    .refine((names) => new Set(names).size === names.length, "names a provider twice")
    .default([...defaultFallbackChain]),
  custom: z
    .union(
      [
        z
          .string()
          .min(1)
          .transform((path) => [path]),
        z.array(z.string().min(1)),
      ],
      {
        error: "expected the path of a module, or a list of them",
      },
    )
    .default([]),
};

/** The keys beside the sections: no provider can have such a name. */
export const reservedNames: ReadonlySet<string> = new Set(["auto", ...Object.keys(selection)]);

const sections = Object.fromEntries(
  builtInProviders.map(({ name, settings }) => [name, settings.prefault({})] as const),
);

/**
 * The problems with names of providers, each with the path of its key. The schema checks the sections of the built-in
 * providers.
 */
export interface ProviderProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Checks the names in a configuration against the providers that exist. */
export function nameProblems(
  { default: choice, chain }: ProviderSelection,
  definitions: readonly ProviderDefinition[],
): ProviderProblem[] {
  const names = definitions.map(({ name }) => name);
  const problemOf = (name: string): string | undefined =>
    names.includes(name) ? undefined : noProvider(name, names);
  const made = new Set(definitions.filter(({ isMock }) => isMock === true).map(({ name }) => name));
  const problems: { readonly path: readonly (string | number)[]; readonly message: string | undefined }[] = [
    { path: ["default"], message: choice === "auto" ? undefined : problemOf(choice) },
    ...chain.map((name, index) => ({
      path: ["chain", index],
      message: made.has(name)
        ? `the bars of ${name} are made up: it cannot stand in for another provider`
        : problemOf(name),
    })),
  ];
  return problems.flatMap(({ path, message }) => (message === undefined ? [] : [{ path, message }]));
}

/** The section of a provider, as the file has it; empty when it has none. */
export function sectionOf(providers: ProvidersConfig, name: string): Readonly<Record<string, unknown>> {
  const section = new Map<string, unknown>(Object.entries(providers)).get(name) ?? {};
  return typeof section === "object" && section !== null && !Array.isArray(section)
    ? Object.fromEntries(Object.entries(section))
    : {};
}

/** The other keys: sections of the user's own providers. */
export function customSections(providers: object): string[] {
  return Object.keys(providers).filter(
    (key) => !Object.hasOwn(selection, key) && !Object.hasOwn(sections, key),
  );
}

/**
 * The key `providers`. The sections of the user's own providers are checked when their modules are loaded.
 */
export const providersSchema: z.ZodType<ProvidersConfig> = z
  .object({ ...selection, ...sections })
  .catchall(z.unknown())
  .superRefine((providers, context) => {
    const isOpen = providers.custom.length > 0;
    const unknown = customSections(providers).filter((key) => !isOpen || !isProviderName(key));
    if (unknown.length > 0) context.addIssue({ code: "unrecognized_keys", keys: unknown, input: providers });
    if (isOpen) return;
    for (const { path, message } of nameProblems(providers, builtInProviders))
      context.addIssue({ code: "custom", path: [...path], message });
  });
