/**
 * Sources of bars. What this folder guarantees of each provider, a user's own ones too:
 * - A page has completed bars only, in order, as the provider sent them. No bar of the asked range is left out.
 * - Every failure is a `ProviderError` with a code and a next step, and shows no secret.
 * - Built-in providers, and those made by `candleProvider`, keep to the rate and quota of their API (`http/`).
 * It does not judge bars: the row checks do.
 */
import type { AssetPair } from "../market/asset-pair.ts";
import type { TimeRange } from "../market/time-range.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { UncheckedBar } from "../market/unchecked-bar.ts";
import type { CircuitBreakerStats } from "./http/circuit-stats.ts";

/**
 * The name of a provider in the configuration and in `source_provider`, such as `coinbase`: small letters, digits and
 * underscores. The registry says which names there are.
 */
export type ProviderName = string;

/** What a provider is called: by the program, and by people. */
export interface ProviderIdentity {
  readonly name: ProviderName;
  /** As people write it, such as `Alpha Vantage`; the name when left out. */
  readonly title?: string | undefined;
}

/** The bars that a provider has: facts, so that a plan never asks for what cannot come. */
export interface ServedBars {
  /** Timeframes that the provider serves itself; a coarser one is resampled from the next finer of these. */
  readonly nativeTimeframes: readonly Timeframe[];
  /** Bars that one request may span, at most. */
  readonly barsPerRequestMax: number;
  /**
   * How far back a native timeframe reaches, in milliseconds before now; `undefined` when the whole history
   * can be asked for.
   */
  historyDepthMs(assetPair: AssetPair, timeframe: Timeframe): number | undefined;
}

/** What a provider can serve, and how fast. */
export interface ProviderCapabilities extends ServedBars {
  /** Sustained requests per second that the provider allows; `undefined` for an embedded one. */
  readonly requestsPerSecond: number | undefined;
  /** Requests that may be under way at once. */
  readonly concurrentRequestsMax: number;
}

export interface BarRequest {
  readonly assetPair: AssetPair;
  /** One of the provider's native timeframes. */
  readonly timeframe: Timeframe;
  /** Half-open, aligned to the timeframe, of at most `barsPerRequestMax` bars. */
  readonly range: TimeRange;
  /** Called before each pause after which the same request is sent again. */
  readonly onRetry?: ((retry: ProviderRetry) => void) | undefined;
}

/** A try of a request failed, and the request is sent again after a pause. */
export interface ProviderRetry {
  /** What happened, as a sentence. */
  readonly reason: string;
  /** How long the try took. */
  readonly tookMs: number;
  readonly pauseMs: number;
}

export interface BarPage {
  /**
   * Completed bars in ascending order of open time, all inside the asked range where their time could be read.
   * Bars that the provider marks as still in progress, or that lie outside the asked range because the API
   * rounds its ends, are left out. No bar that was asked for is.
   */
  readonly bars: readonly UncheckedBar[];
  /**
   * The provider's history begins here, so the answer says nothing about the time before. When left out, the whole range
   * is answered.
   */
  readonly answeredFromMs?: number | undefined;
  /** Where the page came from, for `_source_file`: a URL without secrets. */
  readonly source: string;
}

/** A source of completed OHLCV bars. All implementations pass one conformance suite. */
export interface MarketDataProvider extends ProviderIdentity {
  /** Whether its rows are made up: they are stored with `is_mock` true. */
  readonly isMock: boolean;
  readonly capabilities: ProviderCapabilities;
  /** Where its API is; `undefined` for an embedded one. */
  readonly host?: string | undefined;
  /** Why this provider cannot serve the pair, or `undefined` when it can. */
  unsupportedReason(assetPair: AssetPair): string | undefined;
  /**
   * Why the plan in the configuration does not serve a native timeframe of the pair. A chain then passes this provider
   * over; a run that names it alone still asks it.
   */
  paidReason?(assetPair: AssetPair, timeframe: Timeframe): string | undefined;
  /**
   * Fetches one page.
   *
   * @throws ProviderError with a stable `code`; transient failures were already retried.
   */
  fetchBars(request: BarRequest, signal?: AbortSignal): Promise<BarPage>;
  /** How the provider's host is doing; `undefined` for an embedded one. */
  getCircuitBreakerStats?(): CircuitBreakerStats;
  /** Frees sockets and timers. */
  close(): Promise<void>;
}

/** What people call a provider. */
export function titleOf({ name, title }: ProviderIdentity): string {
  return title ?? name;
}
