import { json, type ApiAnswer, type ApiRequest } from "./api.ts";

/** Holds requests against the limits of the imitated API: an answer when one is exceeded. */
export interface Limit {
  check(request: ApiRequest, nowMs: number): ApiAnswer | undefined;
}

/**
 * The limits as the providers publish them.
 *
 * @param perMinute of a premium key of Alpha Vantage; it is a free one when left out.
 */
export function realLimits(perMinute?: number): Limit {
  const coinbase = new Allowance(10, 15);
  const oanda = new Allowance(120, 120);
  const alphaVantage = new Allowance(1, 1);
  const premium = perMinute === undefined ? undefined : new MinuteWindow(perMinute);
  let alphaVantageToday = 0;
  let alphaVantageDay = -1;
  return {
    check({ url }, nowMs) {
      if (url.pathname.startsWith("/products/")) {
        return coinbase.take(nowMs) ? undefined : json(429, { message: "Public rate limit exceeded" });
      }
      if (url.pathname.startsWith("/v3/")) {
        return oanda.take(nowMs) ? undefined : json(429, { errorMessage: "Rate limit exceeded" });
      }
      if (premium !== undefined)
        return premium.take(nowMs) ? undefined : json(200, { Information: burstNotice });
      const day = Math.floor(nowMs / 86_400_000);
      if (day !== alphaVantageDay) alphaVantageToday = 0;
      alphaVantageDay = day;
      if (alphaVantageToday >= 25) return json(200, { Information: quotaNotice(url) });
      if (!alphaVantage.take(nowMs)) return json(200, { Information: burstNotice });
      alphaVantageToday++;
      return undefined;
    },
  };
}

/** So many requests in any minute. */
class MinuteWindow {
  readonly #most: number;
  #taken: readonly number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  take(nowMs: number): boolean {
    this.#taken = this.#taken.filter((atMs) => atMs > nowMs - 60_000);
    if (this.#taken.length >= this.#most) return false;
    this.#taken = [...this.#taken, nowMs];
    return true;
  }
}

export const noLimits: Limit = { check: () => undefined };

export class Allowance {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
  }

  take(nowMs: number): boolean {
    const gained = ((nowMs - this.#atMs) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#burst, this.#left + gained);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

/** It repeats the key, as the real one does. */
function quotaNotice(url: URL): string {
  return `We have detected your API key as ${url.searchParams.get("apikey")} and our standard API rate limit is 25 requests per day. Please subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to instantly remove all daily rate limits.`;
}

const burstNotice =
  "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly (1 request per second). You may subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to lift the free key rate limit (25 requests per day), raise the per-second burst limit, and instantly unlock all premium endpoints";
