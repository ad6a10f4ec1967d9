import type { AssetPair } from "../../../market/asset-pair.ts";
import { memoryOf, paceOf, urlBelow } from "../../../providers/connection.ts";
import type { ConnectionOptions } from "../../../providers/connection.ts";
import { HttpClient } from "../../../providers/http/http-client.ts";
import type { HttpAnswer } from "../../../providers/http/http-transport.ts";
import { malformedAnswer, statusError } from "../../../providers/http/status-error.ts";
import { isRecord, parseExactJson } from "../../../providers/json.ts";
import { ProviderError } from "../../../providers/provider-error.ts";
import { systemClock } from "../../../seams/clock.ts";
import { systemRandom } from "../../../seams/random.ts";
import { readTrade } from "./coinbase-trade.ts";
import type { CoinbaseTrade } from "./coinbase-trade.ts";

/** The trades that an exchange keeps, by their ids. */
export interface TradeHistory {
  /** The trades with the greatest ids up to one, in the order of their ids; of all when no id is given. */
  upTo(product: string, id: number | undefined, limit: number): Promise<readonly CoinbaseTrade[]>;
}

const identity = { name: "coinbase", title: "Coinbase" } as const;
const exchangeUrl = "https://api.exchange.coinbase.com";
/** Trades of one answer at most. */
export const tradesPerPage = 1000;

/**
 * Trades of the Coinbase Exchange over REST, which need no key. Pages are found by ids alone: those by time leave trades out.
 *
 * Source: https://docs.cdp.coinbase.com/exchange/reference/exchangerestapi_getproducttrades
 */
export class CoinbaseHistory implements TradeHistory {
  readonly #baseUrl: string;
  readonly #client: HttpClient;
  readonly #products: ReadonlyMap<string, AssetPair>;
  readonly #signal: AbortSignal;

  constructor(products: ReadonlyMap<string, AssetPair>, connection: ConnectionOptions, signal: AbortSignal) {
    this.#products = products;
    this.#signal = signal;
    this.#baseUrl = connection.baseUrl ?? exchangeUrl;
    this.#client = new HttpClient({
      provider: identity,
      clock: connection.clock ?? systemClock,
      random: connection.random ?? systemRandom,
      // Ten a second are allowed; a little less leaves room for uneven delays on the way.
      ...paceOf(connection, { requestsPerSecond: 9.8, burst: 10 }),
      ...memoryOf(connection, this.#baseUrl),
    });
  }

  /** @throws ProviderError */
  async upTo(product: string, id: number | undefined, limit: number): Promise<readonly CoinbaseTrade[]> {
    const url = urlBelow(this.#baseUrl, `/products/${encodeURIComponent(product)}/trades`, {
      // The cursor is the id behind.
      after: id === undefined ? undefined : String(id + 1),
      limit: String(limit),
    });
    return this.#client.get(url, (answer) => this.#read(answer, product), this.#signal);
  }

  close(): void {
    this.#client.close();
  }

  #read(answer: HttpAnswer, product: string): readonly CoinbaseTrade[] {
    const assetPair = this.#products.get(product);
    if (answer.status === 404 || assetPair === undefined)
      throw new ProviderError({
        code: "UNKNOWN_SYMBOL",
        provider: identity.name,
        message: `Coinbase has no market ${product}`,
        nextStep: "Name markets that it has, such as --assets BTCUSD,ETHUSD.",
        transient: false,
      });
    if (answer.status !== 200) throw statusError({ provider: identity, answer });
    const rows = readJson(answer);
    if (!Array.isArray(rows)) throw malformedAnswer(identity, answer, "is no list of trades");
    return rows
      .map((row) => {
        const trade = isRecord(row) ? readTrade(row, assetPair) : undefined;
        if (trade === undefined) throw malformedAnswer(identity, answer, "has a trade without an id");
        return trade;
      })
      .toSorted((one, other) => one.id - other.id);
  }
}

function readJson(answer: HttpAnswer): unknown {
  try {
    return parseExactJson(answer.text);
  } catch {
    throw malformedAnswer(identity, answer, "is not JSON");
  }
}
