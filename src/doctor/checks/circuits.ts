import { sectionOf } from "../../config/providers-schema.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import type { AssetKind } from "../../market/asset-pair.ts";
import { floorToTimeframe, timeframeMs } from "../../market/timeframe.ts";
import { connectionIn } from "../../providers/connection-settings.ts";
import { missingCredentials } from "../../providers/create-provider.ts";
import { quotaDay } from "../../providers/http/daily-quota.ts";
import { healthKey } from "../../providers/http/host-health.ts";
import type { ProviderDefinition } from "../../providers/provider-definition.ts";
import { ProviderError } from "../../providers/provider-error.ts";
import { titleOf } from "../../providers/provider.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";
import { askedProviders } from "./credentials.ts";

/** Online one request to each provider; then what is remembered of them: circuit breakers and used quotas. */
export const circuitsCheck: Check = {
  area: "providers",
  async examine(installation) {
    const findings: Finding[] = [];
    const refused = new Set<string>();
    if (installation.parts.isOnline)
      for (const definition of askedProviders(installation)) {
        const problem = await requestProblem(definition, installation);
        if (problem === undefined) continue;
        refused.add(definition.name);
        findings.push(problem);
      }
    for (const definition of installation.parts.providers())
      if (!refused.has(definition.name)) findings.push(...rememberedFindings(definition, installation));
    return findings;
  },
};

/** An asset of each kind that every provider of the kind has. */
const probes: Readonly<Partial<Record<AssetKind, string>>> = {
  crypto: "BTCUSD",
  fx: "EURUSD",
  stock: "AAPL",
};

/** Asks for a few bars, with the key: as cheap as a request can be. A good answer closes the circuit. */
async function requestProblem(
  definition: ProviderDefinition,
  installation: Installation,
): Promise<Finding | undefined> {
  const { parts, nowMs } = installation;
  const [asset] = definition.assetKinds.flatMap((kind) => probes[kind] ?? []);
  const timeframe = definition.serves.nativeTimeframes.at(-1);
  if (asset === undefined || timeframe === undefined) return undefined;
  if (missingCredentials(definition, parts.environment).length > 0) return undefined;
  const stepMs = timeframeMs(timeframe);
  const endMs = floorToTimeframe(nowMs, timeframe);
  try {
    const provider = parts.openProvider(definition.name);
    try {
      const range = { startMs: endMs - stepMs, endMs };
      await provider.fetchBars({ assetPair: AssetPair.parse(asset), timeframe, range });
    } finally {
      await provider.close();
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const isKey = error.code === "BAD_CREDENTIALS";
    const [variable] = definition.credentials ?? [];
    return {
      severity: "error",
      subject: definition.name,
      found: error.message,
      meaning: isKey
        ? `${titleOf(definition)} refuses the key, so it serves nothing.`
        : `${titleOf(definition)} serves nothing now: runs wait for it, or ask the next provider.`,
      commands:
        isKey && variable !== undefined
          ? [`export ${variable}='PASTE THE KEY HERE'`]
          : [installation.ffe("providers", "status")],
    };
  }
}

function rememberedFindings(definition: ProviderDefinition, installation: Installation): readonly Finding[] {
  const { config, ledger } = installation.parts;
  const section = definition.settings.safeParse(sectionOf(config.providers, definition.name));
  if (!section.success) return [];
  const connection = connectionIn(section.data);
  const baseUrl = connection.base_url ?? definition.baseUrl;
  if (baseUrl === undefined) return [];
  const { host } = new URL(baseUrl);
  const health = ledger.healthOf(healthKey(definition.name, host));
  const findings: Finding[] = [];
  if (health?.state === "open")
    findings.push({
      severity: "warning",
      subject: definition.name,
      found: `Its circuit breaker is open: ${health.failure_count} failures in a row, the last at ${health.last_failure_at ?? "an unknown time"}: ${health.last_failure ?? "no reason is known"}`,
      meaning: `Nothing is sent to ${host} until one request has shown that it answers again. Runs are slow meanwhile, or use other providers.`,
      commands: [installation.ffe("doctor", "--online", "--only", "providers")],
    });
  const perDay = connection.requests_per_day ?? definition.limits(section.data).requestsPerDay;
  const used = ledger.usedOn(host, quotaDay(installation.nowMs));
  if (perDay !== undefined && used >= perDay)
    findings.push({
      severity: "warning",
      subject: definition.name,
      found: `All ${perDay} requests of today are used.`,
      meaning: "It serves nothing until midnight UTC, or until the configuration names a larger plan.",
      commands: [installation.ffe("providers", "status")],
    });
  return findings;
}
