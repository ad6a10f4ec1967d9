import { AssetPair } from "../../market/asset-pair.ts";
import { defaultFallbackChain } from "../../providers/built-in-providers.ts";
import { missingCredentials } from "../../providers/create-provider.ts";
import type { ProviderDefinition } from "../../providers/provider-definition.ts";
import { titleOf } from "../../providers/provider.ts";
import type { Check } from "../check.ts";
import type { Finding, Severity } from "../finding.ts";
import type { Installation } from "../installation.ts";

/** Whether the keys of the providers are set that the configuration asks. */
export const credentialsCheck: Check = {
  area: "credentials",
  examine(installation) {
    const { config, environment } = installation.parts;
    const asked = askedProviders(installation);
    const able = asked.filter((one) => missingCredentials(one, environment).length === 0);
    const stranded = config.ingestion.assets.filter((asset) => !able.some((one) => serves(one, asset)));
    return asked.flatMap((definition) =>
      missingCredentials(definition, environment).map((variable) =>
        missingKey(
          definition,
          variable,
          stranded.filter((asset) => serves(definition, asset)),
          installation,
        ),
      ),
    );
  },
};

/** The providers of a backfill without `--provider`. */
export function askedProviders({ parts }: Installation): readonly ProviderDefinition[] {
  const { default: choice, chain } = parts.config.providers;
  const names = choice === "auto" ? chain : [choice];
  return names.flatMap((name) => parts.providers().filter((one) => one.name === name));
}

function serves({ assetKinds }: ProviderDefinition, asset: string): boolean {
  return assetKinds.includes(AssetPair.parse(asset).kind);
}

function missingKey(
  definition: ProviderDefinition,
  variable: string,
  stranded: readonly string[],
  { parts }: Installation,
): Finding {
  const { default: choice, chain } = parts.config.providers;
  const isChosen =
    choice === definition.name || JSON.stringify(chain) !== JSON.stringify(defaultFallbackChain);
  const severity: Severity =
    choice === definition.name || stranded.length > 0 ? "error" : isChosen ? "warning" : "info";
  return {
    severity,
    subject: definition.name,
    found: `${variable} is not set in the environment.`,
    meaning:
      stranded.length > 0
        ? `No other provider of the configuration has ${stranded.join(", ")}: a backfill of them fails.`
        : `${titleOf(definition)} is left out: other providers are asked for what it would serve.`,
    commands: [`export ${variable}='PASTE THE KEY HERE'`],
  };
}
