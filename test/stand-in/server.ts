import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { alphaVantageApi } from "./alpha-vantage-api.ts";
import type { ApiAnswer, ApiRequest, ApiWorld } from "./api.ts";
import type { CandleSource } from "./candle-source.ts";
import { binanceApi } from "./binance-api.ts";
import { coinbaseApi } from "./coinbase-api.ts";
import { noLimits, realLimits } from "./limits.ts";
import { oandaApi } from "./oanda-api.ts";

export interface StandInOptions {
  readonly series: CandleSource;
  /** The present, in milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether to refuse requests as the real APIs do; "none" when left out. */
  readonly limits?: "real" | "none";
  /** With real limits: the requests a minute of a premium key of Alpha Vantage. */
  readonly alphaVantagePerMinute?: number;
  readonly oandaToken?: string;
  readonly alphaVantageKey?: string;
  /** Looks at each request first, to answer it in another way. */
  readonly intercept?: Intercept;
}

export interface LoggedRequest extends ApiRequest {
  /** Counted from 1. */
  readonly number: number;
}

/** A fault in place of the right answer. */
export type StandInFault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection is cut before the answer. */
  | { readonly kind: "reset" }
  /** The right answer, cut off in the middle. */
  | { readonly kind: "truncate" }
  /** A byte now and then, without an end. */
  | { readonly kind: "drip" }
  /** No answer at all. */
  | { readonly kind: "hang" };

export type Intercept = (request: LoggedRequest) => StandInFault | undefined;

/** A server on this machine that answers like Coinbase Exchange, Binance, Oanda v20 and Alpha Vantage at once. */
export interface StandIn {
  /** The base URL for all of them. */
  readonly url: string;
  /** The latest requests, oldest first. */
  readonly requests: readonly LoggedRequest[];
  readonly requestCount: number;
  /** Requests beyond the limits. */
  readonly refusalCount: number;
  intercept: Intercept | undefined;
  close(): Promise<void>;
}

export const standInToken: string = "stand-in-token-0123456789";
export const standInKey: string = "STANDINKEY0123456";

/** Starts a stand-in on a free port of 127.0.0.1. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const world: ApiWorld = { series: options.series, now: options.now };
  const apis = [
    coinbaseApi(world),
    binanceApi(world),
    oandaApi(world, options.oandaToken ?? standInToken),
    alphaVantageApi(world, options.alphaVantageKey ?? standInKey),
  ];
  const limit = options.limits === "real" ? realLimits(options.alphaVantagePerMinute) : noLimits;
  const requests: LoggedRequest[] = [];
  const answers = new Map<string, ApiAnswer>();
  let requestCount = 0;
  let refusalCount = 0;
  let intercept = options.intercept;

  function rightAnswer(request: ApiRequest): ApiAnswer {
    const refusal = limit.check(request, options.now());
    if (refusal !== undefined) {
      refusalCount += 1;
      return refusal;
    }
    // The credential is part of what makes two requests the same.
    const key = `${request.headers.authorization ?? ""} ${request.url.href}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = apis.reduce<ApiAnswer | undefined>(
      (found, api) => found ?? api.answer(request),
      undefined,
    );
    if (answer?.lasting === true && answers.size < answersKeptMax) answers.set(key, answer);
    return answer ?? { status: 404, body: `{"message":"NotFound"}` };
  }

  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? "/", "http://stand-in");
    const request: LoggedRequest = { url, headers: incoming.headers, number: ++requestCount };
    requests.push(request);
    if (requests.length > requestsKeptMax) requests.shift();
    const fault = intercept?.(request);
    if (fault === undefined) send(response, rightAnswer(request));
    else misbehave(fault, incoming, response, () => rightAnswer(request));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${isAddress(address) ? address.port : 0}`,
    requests,
    get requestCount() {
      return requestCount;
    },
    get refusalCount() {
      return refusalCount;
    },
    get intercept() {
      return intercept;
    },
    set intercept(value) {
      intercept = value;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const requestsKeptMax = 10_000;
const answersKeptMax = 20_000;

function send(response: ServerResponse, answer: ApiAnswer): void {
  const length = Buffer.byteLength(answer.body);
  response.writeHead(answer.status, { "content-type": "application/json", "content-length": length });
  response.end(answer.body);
}

function misbehave(
  fault: StandInFault,
  incoming: IncomingMessage,
  response: ServerResponse,
  rightAnswer: () => ApiAnswer,
): void {
  switch (fault.kind) {
    case "answer":
      response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
      response.end(fault.body);
      break;
    case "reset":
      incoming.socket.resetAndDestroy();
      break;
    case "truncate": {
      const body = Buffer.from(rightAnswer().body);
      response.writeHead(200, { "content-length": body.length });
      response.write(body.subarray(0, body.length >> 1), () => incoming.socket.destroy());
      break;
    }
    case "drip": {
      response.writeHead(200);
      const timer = setInterval(() => response.write(" "), 20);
      response.once("close", () => clearInterval(timer));
      break;
    }
    case "hang":
      break;
  }
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
