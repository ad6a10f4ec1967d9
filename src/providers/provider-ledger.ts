import type { CircuitBreakerStats } from "./http/circuit-stats.ts";
import { LocalTokenSchedule } from "./http/token-schedule.ts";
import type { TokenSchedule } from "./http/token-schedule.ts";

/**
 * Remembers a provider's host from run to run, for all processes of a machine: how much of the day's quota is used, when the
 * next request may go out, and how the host was doing. Losing it costs a refused request, never a row.
 */
export interface ProviderLedger {
  /** Counts a request against the day's quota. Returns false, and counts nothing, when the quota is used up. */
  spend(host: string, day: string, quota: number): boolean;
  /** The provider says that the day's quota is used up, whatever was counted. */
  exhaust(host: string, day: string, quota: number): void;
  usedOn(host: string, day: string): number;
  /** The tokens of all processes that ask the host. */
  tokenScheduleOf(host: string): TokenSchedule;
  note(host: string, health: ProviderHealth): void;
  healthOf(host: string): ProviderHealth | undefined;
}

export interface ProviderHealth extends CircuitBreakerStats {
  /** Milliseconds since the epoch. */
  readonly at_ms: number;
}

/** Remembers for as long as the process runs. */
export class MemoryLedger implements ProviderLedger {
  readonly #used = new Map<string, number>();
  readonly #schedules = new Map<string, TokenSchedule>();
  readonly #health = new Map<string, ProviderHealth>();

  spend(host: string, day: string, quota: number): boolean {
    const used = this.usedOn(host, day);
    if (used >= quota) return false;
    this.#used.set(`${host} ${day}`, used + 1);
    return true;
  }

  exhaust(host: string, day: string, quota: number): void {
    this.#used.set(`${host} ${day}`, Math.max(quota, this.usedOn(host, day)));
  }

  usedOn(host: string, day: string): number {
    return this.#used.get(`${host} ${day}`) ?? 0;
  }

  tokenScheduleOf(host: string): TokenSchedule {
    const schedule = this.#schedules.get(host) ?? new LocalTokenSchedule();
    this.#schedules.set(host, schedule);
    return schedule;
  }

  note(host: string, health: ProviderHealth): void {
    this.#health.set(host, health);
  }

  healthOf(host: string): ProviderHealth | undefined {
    return this.#health.get(host);
  }
}
