import type { RequestEvent } from "../../events/pipeline-events.ts";
import type { Clock } from "../../seams/clock.ts";
import type { HttpAnswer } from "./http-transport.ts";

/** How one request goes, by the clock: it waits for its turn, is sent, and is answered. */
export class RequestCourse {
  readonly #clock: Clock;
  readonly #startedMs: number;
  #sentMs: number | undefined;
  #endedMs: number | undefined;
  #answer: HttpAnswer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.now();
  }

  get isSent(): boolean {
    return this.#sentMs !== undefined;
  }

  send(): void {
    this.#sentMs = this.#clock.now();
  }

  end(answer: HttpAnswer): void {
    this.#answer = answer;
    this.#endedMs = this.#clock.now();
  }

  /** As far as it has come. */
  get facts(): Pick<RequestEvent, "status" | "bytes" | "durationSeconds" | "queuedSeconds"> {
    const sentMs = this.#sentMs ?? this.#startedMs;
    const endedMs = this.#endedMs ?? this.#clock.now();
    const answer = this.#answer;
    return {
      ...(answer === undefined
        ? {}
        : { status: answer.status, bytes: Buffer.byteLength(answer.text, "utf8") }),
      durationSeconds: secondsBetween(sentMs, endedMs),
      queuedSeconds: secondsBetween(this.#startedMs, sentMs),
    };
  }
}

/** Not below zero where the clock was set back. */
function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs) / 1000;
}
