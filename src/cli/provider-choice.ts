import type { ProviderChoice } from "../providers/provider-chain.ts";
import { noProvider } from "../providers/provider-registry.ts";
import { CommandError } from "./command-error.ts";
import type { Lakehouse } from "./lakehouse.ts";

/**
 * The named provider, or the configuration's. A name may have dashes for underscores: `my-exchange`.
 *
 * @throws CommandError `INVALID_ARGUMENT`, with the name that is nearest.
 */
export function providerChoice(
  text: string | undefined,
  fallback: ProviderChoice,
  { providers }: Pick<Lakehouse, "providers">,
): ProviderChoice {
  if (text === undefined) return fallback;
  const name = text.replaceAll("-", "_");
  if (name === "auto" || providers.find(name) !== undefined) return name;
  const names = ["auto", ...providers.all.map((one) => one.name)];
  throw new CommandError("INVALID_ARGUMENT", `--provider: ${noProvider(text, names)}`);
}
