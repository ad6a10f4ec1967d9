import type { Agent, IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

// An import statement would read all of their exports, one of which loads a second HTTP client, for a tenth of each start.
const http = process.getBuiltinModule("node:http");
const https = process.getBuiltinModule("node:https");

/** One answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as text, without a byte order mark. */
  readonly text: string;
}

export interface HttpTransportOptions {
  readonly connectTimeoutMs: number;
  /** From the connection or the last byte to the next byte. */
  readonly silenceTimeoutMs: number;
  /** For the whole exchange, from the call to the last byte. */
  readonly totalTimeoutMs: number;
  readonly bodyBytesMax: number;
  readonly socketsMax: number;
}

/** The peer did not connect or answer in time. */
export class HttpTimeout extends Error {}

/** The body is larger than allowed. */
export class HttpBodyTooLarge extends Error {}

/** Single GET requests over connections that are kept alive. It does not retry, limit, or judge a status. */
export class HttpTransport {
  readonly #options: HttpTransportOptions;
  readonly #http: Agent;
  readonly #https: Agent;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    const agentOptions = { keepAlive: true, maxSockets: options.socketsMax, scheduling: "lifo" } as const;
    this.#http = new http.Agent(agentOptions);
    this.#https = new https.Agent(agentOptions);
  }

  /**
   * @throws HttpTimeout, HttpBodyTooLarge, the signal's reason, or what the socket threw.
   */
  async get(url: URL, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<HttpAnswer> {
    signal?.throwIfAborted();
    const { response, body } = await this.#exchange(url, headers, signal);
    const bytes =
      response.headers["content-encoding"] === "gzip"
        ? await gunzipBounded(body, this.#options.bodyBytesMax)
        : body;
    return { status: response.statusCode ?? 0, headers: singleHeaders(response), text: decode(bytes) };
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #exchange(url: URL, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Exchange> {
    const { connectTimeoutMs, silenceTimeoutMs, totalTimeoutMs, bodyBytesMax } = this.#options;
    const secure = url.protocol === "https:";
    const agent = secure ? this.#https : this.#http;
    return new Promise<Exchange>((resolve, reject) => {
      const request = (secure ? https : http).get(url, {
        agent,
        headers: { "accept-encoding": "gzip", ...headers },
      });
      const timers: NodeJS.Timeout[] = [];
      let isSettled = false;
      const settle = (): void => {
        isSettled = true;
        timers.forEach((timer) => clearTimeout(timer));
        signal?.removeEventListener("abort", abort);
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
      };
      // The socket is destroyed without the error: back in the pool, nothing would catch it.
      const stop = (error: Error): void => {
        fail(error);
        request.destroy();
      };
      const deadline = (timeoutMs: number, what: string): NodeJS.Timeout => {
        const timer = setTimeout(
          () => stop(new HttpTimeout(`no ${what} in ${timeoutMs / 1000} s`)),
          timeoutMs,
        );
        timers.push(timer);
        return timer;
      };
      const abort = (): void => stop(asError(signal?.reason));
      deadline(totalTimeoutMs, "complete answer");
      signal?.addEventListener("abort", abort, { once: true });
      let silence: NodeJS.Timeout | undefined;
      const listen = (): void => {
        silence = deadline(silenceTimeoutMs, "byte");
      };
      request.once("socket", (socket) => {
        if (!socket.connecting) {
          listen();
          return;
        }
        const timer = deadline(connectTimeoutMs, "connection");
        socket.once(secure ? "secureConnect" : "connect", () => {
          clearTimeout(timer);
          if (!isSettled) listen();
        });
      });
      request.on("error", fail);
      request.once("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        silence?.refresh();
        response.on("data", (chunk: Buffer) => {
          silence?.refresh();
          size += chunk.length;
          chunks.push(chunk);
          if (size > bodyBytesMax) stop(tooLarge(bodyBytesMax));
        });
        response.on("error", fail);
        response.once("end", () => {
          settle();
          resolve({ response, body: Buffer.concat(chunks, size) });
        });
      });
    });
  }
}

interface Exchange {
  readonly response: IncomingMessage;
  readonly body: Buffer;
}

const gunzipAsync = promisify(gunzip);

async function gunzipBounded(body: Buffer, bodyBytesMax: number): Promise<Buffer> {
  try {
    return await gunzipAsync(body, { maxOutputLength: bodyBytesMax });
  } catch (error) {
    throw error instanceof RangeError ? tooLarge(bodyBytesMax) : error;
  }
}

function tooLarge(bodyBytesMax: number): HttpBodyTooLarge {
  return new HttpBodyTooLarge(`the body is larger than ${bodyBytesMax} bytes`);
}

/** Some providers begin their answers with a byte order mark, which `JSON.parse` refuses. */
function decode(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function singleHeaders(response: IncomingMessage): Record<string, string | undefined> {
  const entries = Object.entries(response.headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("aborted", { cause: reason });
}
