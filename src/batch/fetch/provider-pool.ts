import { titleOf } from "../../providers/provider.ts";
import type { MarketDataProvider, ProviderName } from "../../providers/provider.ts";
import type { ProviderChoice } from "../../providers/provider-chain.ts";
import { ProviderError } from "../../providers/provider-error.ts";
import type { ProviderRegistry } from "../../providers/provider-registry.ts";
import { Semaphore } from "./semaphore.ts";

/** A provider of a run, with the requests that it may have under way. */
export class PooledProvider {
  readonly provider: MarketDataProvider;
  readonly requests: Semaphore;
  #seriesCount = 0;

  constructor(provider: MarketDataProvider) {
    this.provider = provider;
    this.requests = new Semaphore(provider.capabilities.concurrentRequestsMax);
  }

  /** Runs what fetches one series, which gets its share of the requests meanwhile. */
  async serve<Result>(series: () => Promise<Result>): Promise<Result> {
    this.#seriesCount += 1;
    try {
      return await series();
    } finally {
      this.#seriesCount -= 1;
    }
  }

  /** Requests that each of the present series may have under way: one alone has them all. */
  get share(): number {
    return Math.ceil(this.provider.capabilities.concurrentRequestsMax / Math.max(1, this.#seriesCount));
  }
}

/** The providers of one run, in the order of preference, and which of them are out of order by now. */
export class ProviderPool {
  /** Providers of the chain that are not configured. */
  readonly missing: readonly ProviderError[];
  readonly #members: readonly PooledProvider[];
  readonly #down = new Map<ProviderName, ProviderError>();

  readonly #registry: ProviderRegistry;

  private constructor(
    members: readonly PooledProvider[],
    missing: readonly ProviderError[],
    registry: ProviderRegistry,
  ) {
    this.#members = members;
    this.missing = missing;
    this.#registry = registry;
  }

  /**
   * Opens the chosen provider, or those of the chain that have their keys.
   *
   * @throws ProviderError `MISSING_CREDENTIALS` when the chosen one, or each of the chain, lacks its key.
   */
  static open(
    choice: ProviderChoice,
    chain: readonly ProviderName[],
    registry: ProviderRegistry,
    create: (name: ProviderName) => MarketDataProvider,
  ): ProviderPool {
    const names = choice === "auto" ? chain : [choice];
    const missing: ProviderError[] = [];
    const members = names.flatMap((name): PooledProvider[] => {
      try {
        return [new PooledProvider(create(name))];
      } catch (error) {
        if (!(error instanceof ProviderError) || error.code !== "MISSING_CREDENTIALS") throw error;
        missing.push(error);
        return [];
      }
    });
    const [first] = missing;
    if (members.length === 0 && first !== undefined) throw first;
    return new ProviderPool(members, missing, registry);
  }

  /** Those that work, except some. */
  usable(except: ReadonlySet<ProviderName> = new Set()): MarketDataProvider[] {
    return this.#members
      .map(({ provider }) => provider)
      .filter(({ name }) => !this.#down.has(name) && !except.has(name));
  }

  /** Why a source of bars is not among those that can be asked. */
  readonly whyNot = (source: string): string => {
    const missing = this.missing.find(({ provider }) => provider === source);
    if (missing !== undefined) return missing.message;
    if (this.#registry.find(source) !== undefined) return `--provider ${source} asks it`;
    return `${source} is not a provider that can be asked; --provider NAME asks another one for them`;
  };

  get(name: ProviderName): PooledProvider {
    const member = this.#members.find(({ provider }) => provider.name === name);
    if (member === undefined) throw new TypeError(`${name} is not a provider of this run`);
    return member;
  }

  titleOf(name: ProviderName): string {
    return titleOf(this.get(name).provider);
  }

  /** What put a provider out of order for the rest of the run. */
  failureOf(name: ProviderName): ProviderError | undefined {
    return this.#down.get(name);
  }

  /** Notes a failure; one that all series would meet puts the provider out of order. */
  report(failure: ProviderError): void {
    if (failure.provider !== undefined && failuresOfAll.has(failure.code))
      this.#down.set(failure.provider, failure);
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ provider }) => provider.close()));
  }
}

const failuresOfAll: ReadonlySet<string> = new Set([
  "NETWORK_UNREACHABLE",
  "BAD_CERTIFICATE",
  "QUOTA_EXHAUSTED",
  "BAD_CREDENTIALS",
  "MISSING_CREDENTIALS",
  "CIRCUIT_OPEN",
]);
