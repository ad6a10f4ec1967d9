import { alphaVantage } from "./alpha-vantage/alpha-vantage.ts";
import { coinbase } from "./coinbase.ts";
import { demo } from "./demo/demo.ts";
import { oanda } from "./oanda.ts";
import type { ProviderDefinition } from "./provider-definition.ts";

/** The providers of the package. `auto` asks those of real bars in this order. */
export const builtInProviders: readonly ProviderDefinition[] = [alphaVantage, coinbase, oanda, demo];

/** Which providers `auto` asks, in this order, unless the configuration says otherwise. */
export const defaultFallbackChain: readonly string[] = builtInProviders
  .filter(({ isMock }) => isMock !== true)
  .map(({ name }) => name);
