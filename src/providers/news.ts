import { aFunction, nonEmptyText, required } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import { timeRangeKind } from "../market/time-range.ts";
import type { TimeRange } from "../market/time-range.ts";
import type { MarketDataProvider, ProviderRetry } from "./provider.ts";

export interface NewsRequest {
  /** As the provider writes it: `CRYPTO:BTC`, `FOREX:EUR`, `MSFT`. */
  readonly ticker: string;
  /** Half-open; the provider knows whole minutes, so an answer may reach a little beyond. */
  readonly range: TimeRange;
  /** Called before each pause after which the same request is sent again. */
  readonly onRetry?: ((retry: ProviderRetry) => void) | undefined;
}

export const newsRequestOptions: OptionTable<NewsRequest> = {
  ticker: required(nonEmptyText),
  range: required(timeRangeKind),
  onRetry: aFunction,
};

/** The articles of a range, the earliest first. */
export interface NewsPage {
  /** The answer's JSON: an object with a list, `feed`. */
  readonly text: string;
  /** Whether it has as many articles as an answer may have: there may be more behind the last of them. */
  readonly mayBeCut: boolean;
  /** A URL without secrets. */
  readonly source: string;
}

/** A source of news with their sentiment. */
export interface NewsProvider {
  /** @throws ProviderError with a stable `code`; transient failures were already retried. */
  fetchNews(request: NewsRequest, signal?: AbortSignal): Promise<NewsPage>;
}

export function hasNews(provider: MarketDataProvider): provider is MarketDataProvider & NewsProvider {
  return "fetchNews" in provider && typeof provider.fetchNews === "function";
}
