/** How a provider's host is doing, under the names that dashboards expect. */
export interface CircuitBreakerStats {
  /** `open`: nothing is sent; `half_open`: one request tries whether it works again. */
  readonly state: "closed" | "open" | "half_open";
  /** Tries in a row that failed. */
  readonly failure_count: number;
  /** Without any secret. */
  readonly last_failure: string | null;
  /** ISO 8601, UTC. */
  readonly last_failure_at: string | null;
  readonly last_success_at: string | null;
}
