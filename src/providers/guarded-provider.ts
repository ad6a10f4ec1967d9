import { isObject, shown } from "finance-feedback-delta/contract";

import { timeframeMs } from "../market/timeframe.ts";
import { systemClock } from "../seams/clock.ts";
import type { Clock } from "../seams/clock.ts";
import { assertRangeKept, checkBarRequest, selectBars } from "./bar-request.ts";
import { requestStopped } from "./http/request-failure.ts";
import { decimalOf } from "./json.ts";
import type { ProviderDefinition } from "./provider-definition.ts";
import { titleOf } from "./provider.ts";
import type { BarPage, BarRequest, MarketDataProvider, ProviderIdentity } from "./provider.ts";
import type { UncheckedBar } from "../market/unchecked-bar.ts";
import { ProviderError } from "./provider-error.ts";

/**
 * Makes a user's own provider keep what all providers promise. It gets no request that it cannot serve. What it throws
 * becomes a `ProviderError`. What it returns is checked to be a page of bars of the asked range; the row checks judge the
 * bars, like those of any provider.
 */
export function guarded(definition: ProviderDefinition): ProviderDefinition {
  return {
    ...definition,
    limits: (settings) => definition.limits(settings),
    create: (context) => {
      const provider = attempt(definition, () => definition.create(context));
      const problem = providerProblem(definition, provider);
      if (problem !== undefined) throw broken(definition, `create returned ${problem}`);
      return guardedProvider(definition, provider, context.clock ?? systemClock);
    },
  };
}

function guardedProvider(
  definition: ProviderDefinition,
  provider: MarketDataProvider,
  clock: Clock,
): MarketDataProvider {
  const { name, title, isMock = false } = definition;
  const { capabilities, host } = provider;
  const guard: MarketDataProvider = {
    name,
    title,
    isMock,
    capabilities,
    host,
    unsupportedReason: (assetPair) => {
      return attempt(definition, () => provider.unsupportedReason(assetPair));
    },
    paidReason: (assetPair, timeframe) =>
      attempt(definition, () => provider.paidReason?.(assetPair, timeframe)),
    fetchBars: async (request, signal) => {
      checkBarRequest(guard, request, signal);
      let page: unknown;
      try {
        page = await provider.fetchBars(request, signal);
      } catch (error) {
        if (error instanceof ProviderError) throw error;
        throw signal?.aborted === true ? requestStopped(definition, error) : thrown(definition, error);
      }
      return checkedPage(definition, page, request, clock.now(), capabilities.barsPerRequestMax);
    },
    close: async () => provider.close(),
  };
  const stats = provider.getCircuitBreakerStats?.bind(provider);
  return stats === undefined ? guard : { ...guard, getCircuitBreakerStats: stats };
}

/** Why a value cannot serve as the provider of its definition; `undefined` when it can. */
function providerProblem(definition: ProviderDefinition, provider: unknown): string | undefined {
  if (typeof provider !== "object" || provider === null) return `${shown(provider)}, not a provider`;
  const { name, isMock = false } = definition;
  const missing = ["unsupportedReason", "fetchBars", "close"].filter(
    (method) => typeof Reflect.get(provider, method) !== "function",
  );
  if (missing.length > 0) return `a provider without the methods ${missing.join(", ")}`;
  if (Reflect.get(provider, "name") !== name)
    return `a provider with the name ${shown(Reflect.get(provider, "name"))}, not ${name}`;
  if (Reflect.get(provider, "isMock") !== isMock) return `a provider whose isMock is not ${isMock}`;
  const capabilities: unknown = Reflect.get(provider, "capabilities");
  if (!isObject(capabilities)) return "a provider without capabilities";
  if (!isCount(Reflect.get(capabilities, "concurrentRequestsMax")))
    return "a provider whose capabilities.concurrentRequestsMax is not a whole number from 1 on";
  if (!isCount(Reflect.get(capabilities, "barsPerRequestMax")))
    return "a provider whose capabilities.barsPerRequestMax is not a whole number from 1 on";
  if (!Array.isArray(Reflect.get(capabilities, "nativeTimeframes")))
    return "a provider without capabilities.nativeTimeframes";
  if (typeof Reflect.get(capabilities, "historyDepthMs") !== "function")
    return "a provider without capabilities.historyDepthMs";
  return undefined;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

/** @throws ProviderError for what is not a page, and for bars of another range. */
function checkedPage(
  definition: ProviderDefinition,
  page: unknown,
  request: BarRequest,
  nowMs: number,
  barsMax: number,
): BarPage {
  const bars: unknown = isObject(page) ? Reflect.get(page, "bars") : undefined;
  const source: unknown = isObject(page) ? Reflect.get(page, "source") : undefined;
  const answeredFromMs: unknown = isObject(page) ? Reflect.get(page, "answeredFromMs") : undefined;
  if (!Array.isArray(bars)) throw broken(definition, "fetchBars returned a page without a list of bars");
  if (typeof source !== "string" || source === "")
    throw broken(definition, "fetchBars returned a page that does not say its source");
  if (answeredFromMs !== undefined && !Number.isSafeInteger(answeredFromMs))
    throw broken(definition, `fetchBars returned a page with answeredFromMs ${shown(answeredFromMs)}`);
  const answered = bars.map(readBar);
  const barMs = timeframeMs(request.timeframe);
  const surplus = { beforeMs: barsMax * barMs, afterMs: barMs };
  assertRangeKept(definition, answered, request, nowMs, surplus);
  return {
    bars: selectBars(answered, request, nowMs, surplus),
    ...(answeredFromMs === undefined ? {} : { answeredFromMs: Number(answeredFromMs) }),
    source,
  };
}

/** A time or a decimal that cannot be one counts as missing, so that the row checks reject the bar. */
function readBar(given: unknown): UncheckedBar {
  const bar = isObject(given) ? given : {};
  const decimal = (name: string): ReturnType<typeof decimalOf> => decimalOf(Reflect.get(bar, name));
  const openTimeMs: unknown = Reflect.get(bar, "openTimeMs");
  const flaw: unknown = Reflect.get(bar, "flaw");
  return {
    openTimeMs: Number.isSafeInteger(openTimeMs) ? Number(openTimeMs) : undefined,
    open: decimal("open"),
    high: decimal("high"),
    low: decimal("low"),
    close: decimal("close"),
    volume: Reflect.get(bar, "volume") === null ? null : decimal("volume"),
    ...(typeof flaw === "string" ? { flaw } : {}),
    raw: Reflect.get(bar, "raw") ?? given,
  };
}

function attempt<Result>(definition: ProviderDefinition, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof ProviderError ? error : thrown(definition, error);
  }
}

function thrown(definition: ProviderIdentity, error: unknown): ProviderError {
  const words = error instanceof Error ? `${error.name}: ${error.message}` : shown(error);
  return broken(definition, `its module threw ${words}`, error);
}

function broken(provider: ProviderIdentity, what: string, cause?: unknown): ProviderError {
  return new ProviderError({
    code: "MALFORMED_RESPONSE",
    provider: provider.name,
    message: `${titleOf(provider)} failed: ${what}.`,
    nextStep:
      "Correct the module that providers.custom names, then run the same command again; it goes on where it stopped.",
    transient: false,
    cause,
  });
}
