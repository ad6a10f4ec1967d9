import { aFunction, either, listOf, nearestName, shown } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import { builtInProviders } from "./built-in-providers.ts";
import { definitionProblem } from "./definition-shape.ts";
import { guarded } from "./guarded-provider.ts";
import type { ProviderDefinition } from "./provider-definition.ts";
import type { ProviderName } from "./provider.ts";
import { ProviderError } from "./provider-error.ts";

/** The user's own providers, or a function that loads them: it is called once, at the first name that is not built in. */
export type CustomProviders = readonly ProviderDefinition[] | (() => readonly ProviderDefinition[]);

/** All providers: the built-in ones first, then the user's own. */
export class ProviderRegistry {
  readonly #given: CustomProviders;
  #custom: readonly ProviderDefinition[] | undefined;

  constructor(custom: CustomProviders = []) {
    this.#given = custom;
  }

  /** @throws what loading the user's own providers throws. */
  get all(): readonly ProviderDefinition[] {
    this.#custom ??= (typeof this.#given === "function" ? this.#given() : this.#given).map(guarded);
    return [...builtInProviders, ...this.#custom];
  }

  find(name: string): ProviderDefinition | undefined {
    return named(builtInProviders, name) ?? named(this.all, name);
  }

  /** @throws ProviderError `INVALID_ARGUMENT`, with the name that is nearest. */
  get(name: ProviderName): ProviderDefinition {
    const definition = this.find(name);
    if (definition !== undefined) return definition;
    const names = this.all.map((one) => one.name);
    throw new ProviderError({
      code: "INVALID_ARGUMENT",
      provider: undefined,
      message: noProvider(name, names),
      nextStep: "Nothing was sent. Give one of these names.",
      transient: false,
    });
  }

  /** Whether a name's bars are made up. A name without a provider, such as that of an imported file, has real bars. */
  isMock(name: string): boolean {
    return this.find(name)?.isMock === true;
  }

  /** The title of a provider; the name itself when no provider has it any more, or another program wrote it. */
  titleOf(name: string): string {
    return this.find(name)?.title ?? name;
  }
}

/** The built-in providers alone. */
export const builtInRegistry: ProviderRegistry = new ProviderRegistry();

/** The message for a name that no provider has. */
export function noProvider(name: unknown, names: readonly string[]): string {
  const meant = typeof name === "string" ? nearestName(name, names) : undefined;
  const hint = meant === undefined ? "" : `. Did you mean ${meant}?`;
  return `There is no provider ${shown(name)}: the providers are ${names.join(", ")}${hint}`;
}

function named(definitions: readonly ProviderDefinition[], name: string): ProviderDefinition | undefined {
  return definitions.find((definition) => definition.name === name);
}

const definitionList: OptionKind<readonly ProviderDefinition[]> = listOf({
  expects: "the definition of a provider",
  problem: definitionProblem,
});

export const customProvidersKind: OptionKind<CustomProviders> = either(aFunction, definitionList);
