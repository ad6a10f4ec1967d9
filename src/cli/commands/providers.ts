import type { Config } from "../../config/config-schema.ts";
import { sectionOf } from "../../config/providers-schema.ts";
import { formatInstant } from "../../market/time-range.ts";
import { connectionIn } from "../../providers/connection-settings.ts";
import { missingCredentials } from "../../providers/create-provider.ts";
import { quotaDay, quotaResetMs } from "../../providers/http/daily-quota.ts";
import { healthKey } from "../../providers/http/host-health.ts";
import { circuitOpenMs } from "../../providers/http/http-client.ts";
import type { ProviderDefinition } from "../../providers/provider-definition.ts";
import type { ProviderHealth, ProviderLedger } from "../../providers/provider-ledger.ts";
import type { ProvidersOptions } from "../grammar/providers.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Paint } from "../output/paint.ts";
import { printList } from "../output/print-list.ts";

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

/** `ffe providers status` */
export async function providersStatus(options: ProvidersOptions): Promise<number> {
  return withLakehouse(options, async ({ config, ledger, providers, clock }) => {
    const nowMs = clock.now();
    const rows = providers.all.map((definition) => statusOf(definition, config, ledger, nowMs));
    await printList(columns, rows, options.json === true, {
      showsEveryColumn: options.columns,
      showsAll: "--columns shows them",
      // Without room the last one is dropped first. The columns that decide whether a provider can serve requests always stay.
      optional: ["failure_count", "used_today", "per_day", "last_success_at", "per_second", "host", "plan"],
      below: ({ last_failure: failure, last_failure_at: at }) =>
        typeof failure === "string" ? `last failure, at ${String(at)}: ${failure}` : undefined,
      colors: new Map([["state", (state) => stateColors.get(String(state))]]),
    });
    return 0;
  });
}

/** The stored state of a provider, and its configuration. */
export function statusOf(
  definition: ProviderDefinition,
  config: Config,
  ledger: ProviderLedger,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const { name, credentials = [], serves, assetKinds, isMock = false } = definition;
  const settings = definition.settings.parse(sectionOf(config.providers, name));
  const configured = connectionIn(settings);
  const limits = definition.limits(settings);
  const baseUrl = configured.base_url ?? definition.baseUrl;
  const host = baseUrl === undefined ? undefined : new URL(baseUrl).host;
  const health = host === undefined ? undefined : ledger.healthOf(healthKey(name, host));
  const perDay = configured.requests_per_day ?? limits.requestsPerDay ?? null;
  const missing = missingCredentials(definition, process.env);
  const keys =
    missing.length > 0
      ? `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`
      : `${credentials.join(", ")} ${credentials.length === 1 ? "is" : "are"} set`;
  return {
    provider: name,
    host: host ?? null,
    credentials: credentials.length === 0 ? "none needed" : keys,
    plan: limits.plan ?? null,
    per_second: configured.requests_per_second ?? limits.requestsPerSecond ?? null,
    per_day: perDay,
    used_today: host === undefined ? 0 : ledger.usedOn(host, quotaDay(nowMs)),
    quota_resets_at: perDay === null ? null : formatInstant(quotaResetMs(nowMs)),
    state: stateOf(health, nowMs),
    failure_count: health?.failure_count ?? 0,
    last_failure: health?.last_failure ?? null,
    last_failure_at: health?.last_failure_at ?? null,
    last_success_at: health?.last_success_at ?? null,
    made_up: isMock,
    asset_kinds: assetKinds.join(", "),
    timeframes: serves.nativeTimeframes.join(", "),
    bars_per_request: serves.barsPerRequestMax,
  };
}

/** An open circuit lets a request try after its pause, even when the process that opened it has ended. */
function stateOf(health: ProviderHealth | undefined, nowMs: number): string {
  if (health === undefined) return "closed";
  return health.state === "open" && nowMs - health.at_ms > circuitOpenMs ? "half_open" : health.state;
}
