import type { IncomingHttpHeaders } from "node:http";
import { formatDecimal8, type Decimal8 } from "../../src/market/decimal.ts";
import type { CandleSource } from "./candle-source.ts";

/** One request to a stand-in. */
export interface ApiRequest {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
  /** Whether the same URL will always be answered the same. */
  readonly lasting?: boolean;
}

/** What the imitated APIs share. */
export interface ApiWorld {
  readonly series: CandleSource;
  now(): number;
}

/** An imitated API: `undefined` for paths that are not its own. */
export interface Api {
  answer(request: ApiRequest): ApiAnswer | undefined;
}

export function json(status: number, value: unknown): ApiAnswer {
  return { status, body: JSON.stringify(value) };
}

/** A decimal without trailing zeros, as JSON would print it. */
export function plain(value: Decimal8): string {
  return formatDecimal8(value).replace(/\.?0+$/, "");
}
