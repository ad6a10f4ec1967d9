import type { Clock } from "../../seams/clock.ts";
import type { CircuitBreakerStats } from "./circuit-stats.ts";

export interface CircuitOptions {
  readonly clock: Clock;
  /** Failures in a row that open the circuit. */
  readonly failuresToOpen: number;
  /** How long the circuit then stays open, in milliseconds. */
  readonly openMs: number;
  /** Whether an error says that the host is down, rather than something about the request. */
  readonly isOutage: (error: unknown) => boolean;
}

/** Nothing was sent: the circuit is open. */
export class CircuitOpen extends Error {}

/**
 * A circuit breaker: spares a host that failed several times in a row. After a pause it lets one request through; the
 * others wait for its result.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  #failures = 0;
  #openedAtMs: number | undefined;
  /** The one request that tries whether the host is back. */
  #probe: Promise<unknown> | undefined;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  get state(): CircuitBreakerStats["state"] {
    if (this.#openedAtMs === undefined) return "closed";
    return this.#probe === undefined ? "open" : "half_open";
  }

  /** @throws CircuitOpen without doing the work; what the work throws. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#probe !== undefined) await this.#probe.catch(() => undefined);
    if (this.#openedAtMs === undefined) return this.#counted(work);
    if (this.#options.clock.now() - this.#openedAtMs < this.#options.openMs) throw new CircuitOpen();
    const probe = this.#probed(work);
    this.#probe = probe;
    try {
      return await probe;
    } finally {
      this.#probe = undefined;
    }
  }

  async #counted<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.#failures = 0;
      return result;
    } catch (error) {
      if (this.#options.isOutage(error)) this.#failures += 1;
      if (this.#failures >= this.#options.failuresToOpen) this.#openedAtMs ??= this.#options.clock.now();
      throw error;
    }
  }

  /** A refusal is an answer too: the host is back. */
  async #probed<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.#close();
      return result;
    } catch (error) {
      if (this.#options.isOutage(error)) this.#openedAtMs = this.#options.clock.now();
      else this.#close();
      throw error;
    }
  }

  #close(): void {
    this.#failures = 0;
    this.#openedAtMs = undefined;
  }
}
