import { StreamingError } from "../../streaming-error.ts";
import { describeKafkaError, refusalOf } from "./kafka-error.ts";
import type { KafkaOptions } from "./kafka-options.ts";

const firstPauseMs = 250;
const pauseMsMax = 30_000;

/**
 * Asks the brokers again while they are out of reach: at the start for a time that a person waits, and for ever once the stream
 * runs. What they refuse is not asked again.
 */
export class KafkaPatience {
  readonly #options: KafkaOptions;
  /** Says what is odd, a line each. */
  tell: (message: string) => void = () => {};
  #isFailing = false;

  constructor(options: KafkaOptions) {
    this.#options = options;
  }

  /** @throws StreamingError `ACCESS_DENIED`, `SOURCE_UNREACHABLE` */
  async atStart<Result>(work: () => Promise<Result>): Promise<Result> {
    const { waits, connectTimeoutMs, brokers } = this.#options;
    return this.#ask(work, waits ? Infinity : connectTimeoutMs, (error) => {
      throw new StreamingError(
        "SOURCE_UNREACHABLE",
        `Kafka cannot be reached at ${brokers.join(", ")}: ${describeKafkaError(error)}`,
        { cause: error, nextStep: "--wait waits for it as long as it takes." },
      );
    });
  }

  /** @throws StreamingError `ACCESS_DENIED`; the signal's reason. */
  async forEver<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return this.#ask(work, Infinity, () => undefined, signal);
  }

  /** Says, once, that the brokers are out of reach, and how to go on is the caller's business. */
  failed(error: unknown): void {
    const { topic, groupId } = this.#place;
    const refusal = refusalOf(error, { brokers: this.#options.brokers, topic, groupId });
    if (refusal !== undefined) throw refusal;
    if (error instanceof StreamingError) throw error;
    if (!this.#isFailing)
      this.tell(`Kafka does not answer, and is asked again and again: ${describeKafkaError(error)}`);
    this.#isFailing = true;
  }

  succeeded(): void {
    if (this.#isFailing) this.tell("Kafka answers again");
    this.#isFailing = false;
  }

  /** The pause before the next try: it doubles, and part of it is chance, so that many processes do not ask at once. */
  async pause(tries: number, signal?: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const lengthMs = Math.min(firstPauseMs * 2 ** tries, pauseMsMax);
    await clock.sleep(lengthMs / 2 + (random() * lengthMs) / 2, signal);
  }

  get #place(): { readonly topic: string; readonly groupId: string } {
    const { topic, job } = this.#options;
    return { topic, groupId: job };
  }

  async #ask<Result>(
    work: () => Promise<Result>,
    patienceMs: number,
    giveUp: (error: unknown) => void,
    signal?: AbortSignal,
  ): Promise<Result> {
    const { clock } = this.#options;
    const startMs = clock.now();
    for (let tries = 0; ; tries += 1) {
      try {
        const result = await work();
        // What was answered at once says nothing of other work that fails.
        if (tries > 0) this.succeeded();
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        this.failed(error);
        if (clock.now() - startMs >= patienceMs) giveUp(error);
      }
      await this.pause(tries, signal);
    }
  }
}
