import * as z from "zod";

import { AssetPair } from "../market/asset-pair.ts";
import { builtInProviders } from "../providers/built-in-providers.ts";

/** How a provider spells assets, by our canonical names. */
export function symbolsOf(
  { symbols }: { readonly symbols: SymbolSpellings },
  provider: string,
): ReadonlyMap<string, string> {
  const own = new Map(Object.entries(symbols)).get(provider) ?? {};
  return new Map(
    Object.entries(own).map(([asset, spelling]) => [AssetPair.parse(asset).canonical, spelling] as const),
  );
}

/** From a spelling, in capitals, to our name: what a file of the provider means. */
export function spellingsOf(
  config: { readonly symbols: SymbolSpellings },
  provider: string,
): ReadonlyMap<string, string> {
  return new Map(
    [...symbolsOf(config, provider)].map(([canonical, spelling]) => [spelling.toUpperCase(), canonical]),
  );
}

/** Provider, asset, spelling. */
export type SymbolSpellings = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const symbolSpellings: z.ZodType<SymbolSpellings> = z
  .custom<SymbolSpellings>(isMapping, "expected providers, each with assets and how it spells them")
  .superRefine((providers, context) => {
    for (const [provider, assets] of Object.entries(providers)) {
      const issue = (message: string, ...path: readonly string[]): void =>
        context.addIssue({ code: "custom", path: [provider, ...path], message });
      if (!/^[a-z][a-z0-9_]{0,62}$/.test(provider))
        issue("expected the name of a provider: small letters, digits and underscores");
      if (!isMapping(assets)) {
        issue("expected assets, each with how the provider spells it");
        continue;
      }
      const assetsBySpelling = new Map<string, string>();
      for (const [asset, spelling] of Object.entries(assets)) {
        const problem = problemOf(provider, asset, spelling);
        if (problem !== undefined) {
          issue(problem, asset);
          continue;
        }
        const other = assetsBySpelling.get(spelling.toUpperCase());
        if (other !== undefined) issue(`is spelled as ${other} is: ${spelling}`, asset);
        assetsBySpelling.set(spelling.toUpperCase(), asset);
      }
    }
  });

function problemOf(provider: string, asset: string, spelling: unknown): string | undefined {
  if (typeof spelling !== "string" || !/^\S+$/.test(spelling))
    return "expected a text without spaces; one of digits alone needs quotes";
  try {
    const assetPair = AssetPair.parse(asset);
    return builtInProviders.find(({ name }) => name === provider)?.spellingProblem?.(assetPair, spelling);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
