/**
 * A connection to a feed that is made again whenever it ends. What is missed meanwhile is found by the ids of the trades:
 * nothing here has to be remembered.
 */
import type { Clock } from "../../../seams/clock.ts";
import type { Random } from "../../../seams/random.ts";
import { StreamingError } from "../../streaming-error.ts";
import type { FeedSocket, OpenSocket } from "../web-socket.ts";
import type { FeedEvent, FeedProtocol, Products } from "./feed-protocol.ts";

export interface FeedTimings {
  /** Without a message for so long a connection is dead: a feed sends heartbeats each second. */
  readonly silenceMs: number;
  readonly firstPauseMs: number;
  readonly pauseMsMax: number;
  /** After so long with messages the next pause is short again. */
  readonly healthyMs: number;
}

export const usualTimings: FeedTimings = {
  silenceMs: 5000,
  firstPauseMs: 1000,
  pauseMsMax: 60_000,
  healthyMs: 30_000,
};

export interface FeedConnectionOptions {
  readonly protocol: FeedProtocol;
  readonly url: string;
  readonly products: Products;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly random: Random;
  readonly timings: FeedTimings;
  readonly tell: (message: string) => void;
}

export interface FeedConnectionListener {
  onEvent(event: FeedEvent): void;
  /** A connection ended: whatever it proved ends with it. */
  onLost(): void;
}

/** Looks this often in the time of silence that is allowed. */
const looksPerSilence = 5;
/** A clock that went on by so much more than was waited belongs to a machine that slept. */
const sleptMs = 15_000;
/** Tries of a feed that has never answered. */
const firstTriesMax = 4;
const slowWithinMs = 600_000;

export class FeedConnection {
  readonly #options: FeedConnectionOptions;
  readonly #listener: FeedConnectionListener;
  #socket: FeedSocket | undefined;
  #isPaused = false;
  #wasEverOpen = false;
  /** It was paused in this connection. */
  #wasPaused = false;
  #slowAtMs: number | undefined;

  constructor(options: FeedConnectionOptions, listener: FeedConnectionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /**
   * Until the signal is aborted.
   *
   * @throws StreamingError `SUBSCRIPTION_REFUSED`; `SOURCE_UNREACHABLE` of a feed that was never reached.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, timings, tell } = this.#options;
    for (let failures = 0; !signal.aborted;) {
      const { reason, healthyMs } = await this.#runOnce(signal);
      if (signal.aborted) return;
      this.#listener.onLost();
      failures = healthyMs >= timings.healthyMs ? 1 : failures + 1;
      if (!this.#wasEverOpen && failures >= firstTriesMax) throw this.#unreachable(reason);
      this.#noteSlow(reason);
      const capMs = Math.min(timings.pauseMsMax, timings.firstPauseMs * 2 ** (failures - 1));
      // Any part of it: many that were cut off together do not come back together.
      const pauseMs = Math.ceil(random() * capMs);
      tell(
        `The connection to ${this.#options.url} ended: ${reason}. It is made again in ${pauseMs / 1000} s, and what is missed is fetched.`,
      );
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  /** Stops reading: who takes what was read is behind. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#wasPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket?.resume();
  }

  /** One connection, from its beginning to its end. */
  async #runOnce(signal: AbortSignal): Promise<{ readonly reason: string; readonly healthyMs: number }> {
    const { protocol, url, products, openSocket, timings } = this.#options;
    const read = protocol.reader(products);
    const ended = Promise.withResolvers<string>();
    const stop = new AbortController();
    let heard = false;
    let socket: FeedSocket;
    try {
      socket = await openSocket(url, {
        onMessage: (text) => {
          heard = true;
          if (stop.signal.aborted) return;
          try {
            for (const event of read(text)) this.#note(event);
          } catch (error) {
            ended.reject(error);
          }
        },
        onClosed: (reason) => ended.resolve(reason),
      });
    } catch (error) {
      ended.resolve("");
      return { reason: error instanceof Error ? error.message : String(error), healthyMs: 0 };
    }
    this.#wasEverOpen = true;
    this.#wasPaused = this.#isPaused;
    this.#socket = socket;
    const abort = (): void => ended.resolve("it is to stop");
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    let healthyMs = 0;
    const lookMs = timings.silenceMs / looksPerSilence;
    const watch = this.#watch(lookMs, stop.signal, () => {
      const was = heard;
      heard = false;
      if (was) healthyMs += lookMs;
      return was;
    }).then((reason) => (reason === undefined ? undefined : ended.resolve(reason)));
    try {
      if (this.#isPaused) socket.pause();
      for (const text of protocol.subscribe([...products.keys()])) socket.send(text);
      return { reason: await ended.promise, healthyMs };
    } finally {
      signal.removeEventListener("abort", abort);
      stop.abort();
      this.#socket = undefined;
      socket.close();
      await watch;
    }
  }

  /** Says when a connection is dead; elapsed time counts, so a clock that is set changes nothing. */
  async #watch(lookMs: number, signal: AbortSignal, takeHeard: () => boolean): Promise<string | undefined> {
    const { clock, timings } = this.#options;
    let silentMs = 0;
    for (;;) {
      const beforeMs = clock.now();
      await clock.sleep(lookMs, signal).catch(() => undefined);
      if (signal.aborted) return undefined;
      const wokeLateMs = clock.now() - beforeMs - lookMs;
      if (wokeLateMs > sleptMs) return `this machine slept for ${Math.round(wokeLateMs / 1000)} s`;
      silentMs = takeHeard() || this.#isPaused ? 0 : silentMs + lookMs;
      if (silentMs >= timings.silenceMs) return `it sent nothing for ${silentMs / 1000} s`;
    }
  }

  /** @throws StreamingError `SUBSCRIPTION_REFUSED` */
  #note(event: FeedEvent): void {
    if (event.kind !== "error") {
      this.#listener.onEvent(event);
      return;
    }
    if (/slow/i.test(event.message)) this.#wasPaused = true;
    else if (event.isOurs)
      throw new StreamingError(
        "SUBSCRIPTION_REFUSED",
        `${this.#options.url} refuses the subscription: ${event.message}`,
        { nextStep: "Check --assets: each has to be a market of this exchange." },
      );
    this.#options.tell(`${this.#options.url} says: ${event.message}`);
  }

  /** A server cuts off who reads too slowly; once may be chance. */
  #noteSlow(reason: string): void {
    if (!this.#wasPaused && !/slow/i.test(reason)) return;
    const nowMs = this.#options.clock.now();
    const isAgain = this.#slowAtMs !== undefined && nowMs - this.#slowAtMs <= slowWithinMs;
    this.#slowAtMs = nowMs;
    if (isAgain)
      this.#options.tell(
        "The feed was cut off twice in ten minutes while it was read too slowly: the buffer of trades that wait for a batch was full. Commits take longer than the trades do to come; a larger --max-rows or fewer assets help.",
      );
  }

  #unreachable(reason: string): StreamingError {
    return new StreamingError(
      "SOURCE_UNREACHABLE",
      `${this.#options.url} cannot be reached after ${firstTriesMax} tries: ${reason}`,
      { nextStep: "Check the network, and stream_url in the configuration." },
    );
  }
}
