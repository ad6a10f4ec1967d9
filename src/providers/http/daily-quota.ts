import { dayMs } from "../../market/durations.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { Clock } from "../../seams/clock.ts";
import { ProviderError } from "../provider-error.ts";
import type { ProviderLedger } from "../provider-ledger.ts";
import { titleOf } from "../provider.ts";
import type { ProviderIdentity } from "../provider.ts";

export interface DailyQuotaOptions {
  readonly provider: ProviderIdentity;
  /** The host that the quota is remembered under. */
  readonly host: string;
  readonly clock: Clock;
  readonly ledger: ProviderLedger;
  /** Requests in a UTC day; without a limit when left out. */
  readonly requestsPerDay?: number | undefined;
}

/** The requests that a provider allows in a UTC day, counted over all runs that share the ledger. */
export class DailyQuota {
  readonly #options: DailyQuotaOptions;

  constructor(options: DailyQuotaOptions) {
    this.#options = options;
  }

  /** @throws ProviderError QUOTA_EXHAUSTED, without a request that the provider would refuse. */
  spend(): void {
    const { requestsPerDay, host, provider, clock, ledger } = this.#options;
    const nowMs = clock.now();
    if (requestsPerDay === undefined || ledger.spend(host, quotaDay(nowMs), requestsPerDay)) return;
    throw new ProviderError({
      code: "QUOTA_EXHAUSTED",
      provider: provider.name,
      message: `The ${requestsPerDay} requests that ${titleOf(provider)} allows in a day are used up.`,
      nextStep: `They come back at ${formatInstant(quotaResetMs(nowMs))}; until then use another provider, or a better plan.`,
      transient: false,
    });
  }

  /** The provider says that today's quota is used up, whatever was counted. */
  exhaust(): void {
    const { requestsPerDay, host, clock, ledger } = this.#options;
    if (requestsPerDay !== undefined) ledger.exhaust(host, quotaDay(clock.now()), requestsPerDay);
  }
}

/** The UTC day that a quota counts by: providers do not say in which zone theirs begins. */
export function quotaDay(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** When the next quota begins, in milliseconds since the epoch. */
export function quotaResetMs(nowMs: number): number {
  return (Math.floor(nowMs / dayMs) + 1) * dayMs;
}
