import type { Config } from "../../config/config-schema.ts";
import { formatInstant } from "../../market/time-range.ts";
import { freeRequestsPerDay } from "../../providers/alpha-vantage.ts";
import { credentialVariables, createProvider } from "../../providers/create-provider.ts";
import { circuitOpenMs, healthKey, quotaDay } from "../../providers/http-client.ts";
import type { MarketProviderName } from "../../providers/provider-chain.ts";
import type { ProviderHealth, ProviderLedger } from "../../providers/provider-ledger.ts";
import { systemClock } from "../../seams/clock.ts";
import { systemRandom } from "../../seams/random.ts";
import type { ProvidersOptions } from "../grammar/providers.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Paint } from "../output/paint.ts";
import { printList } from "../output/print-rows.ts";

const columns: readonly string[] = [
  "provider",
  "host",
  "state",
  "credentials",
  "failure_count",
  "plan",
  "per_second",
  "used_today",
  "per_day",
  "last_success_at",
];
const stateColors: ReadonlyMap<string, Paint> = new Map([
  ["closed", "green"],
  ["half_open", "yellow"],
  ["open", "red"],
]);
const names: readonly MarketProviderName[] = ["alpha_vantage", "coinbase", "oanda"];
const dayMs = 86_400_000;

/** `ffe providers status` */
export async function providersStatus(options: ProvidersOptions): Promise<number> {
  return withLakehouse(options, async ({ config, ledger }) => {
    const rows = await Promise.all(names.map(async (name) => statusOf(name, config, ledger)));
    await printList(columns, rows, options.json === true, {
      isWhole: options.columns,
      showsAll: "--columns shows them",
      // In the order in which they give way, from the last one on: what decides whether a provider can be asked stays.
      optional: ["failure_count", "used_today", "per_day", "last_success_at", "per_second", "host", "plan"],
      below: ({ last_failure: failure, last_failure_at: at }) =>
        typeof failure === "string" ? `last failure, at ${String(at)}: ${failure}` : undefined,
      colors: new Map([["state", (state) => stateColors.get(String(state))]]),
    });
    return 0;
  });
}

async function statusOf(
  name: MarketProviderName,
  config: Config,
  ledger: ProviderLedger,
): Promise<Readonly<Record<string, unknown>>> {
  const settings = config.providers[name];
  const { plan } = config.providers.alpha_vantage;
  const variable = credentialVariables[name];
  const isSet = variable === undefined || (process.env[variable]?.trim() ?? "") !== "";
  // With a stand-in for its key a provider can be asked what it is, not what it has.
  const provider = createProvider(name, {
    credentials: { [variable ?? ""]: "none" },
    clock: systemClock,
    random: systemRandom,
    alphaVantagePlan: plan,
    ...(settings.base_url === undefined ? {} : { baseUrl: settings.base_url }),
    ...(settings.requests_per_second === undefined
      ? {}
      : { requestsPerSecond: settings.requests_per_second }),
  });
  await provider.close();
  const nowMs = Date.now();
  const { host } = provider;
  const health = host === undefined ? undefined : ledger.healthOf(healthKey(name, host));
  const isFree = name === "alpha_vantage" && plan === "free" && settings.requests_per_second === undefined;
  const perDay = settings.requests_per_day ?? (isFree ? freeRequestsPerDay : null);
  return {
    provider: name,
    host: host ?? null,
    credentials:
      variable === undefined ? "none needed" : isSet ? `${variable} is set` : `${variable} is missing`,
    plan: name === "alpha_vantage" ? String(plan) : null,
    per_second: provider.capabilities.requestsPerSecond ?? null,
    per_day: perDay,
    used_today: host === undefined ? 0 : ledger.usedOn(host, quotaDay(nowMs)),
    quota_resets_at: perDay === null ? null : formatInstant((Math.floor(nowMs / dayMs) + 1) * dayMs),
    state: stateOf(health, nowMs),
    failure_count: health?.failure_count ?? 0,
    last_failure: health?.last_failure ?? null,
    last_failure_at: health?.last_failure_at ?? null,
    last_success_at: health?.last_success_at ?? null,
  };
}

/** An open circuit lets a request try when its pause is over; which the process that opened it may not have lived to see. */
function stateOf(health: ProviderHealth | undefined, nowMs: number): string {
  if (health === undefined) return "closed";
  return health.state === "open" && nowMs - health.at_ms > circuitOpenMs ? "half_open" : health.state;
}
