import type { Clock } from "../../seams/clock.ts";
import { expositionParts } from "./exposition.ts";
import type { GaugeValue } from "./exposition.ts";
import { metricDefinitions, metrics } from "../metrics/definitions.ts";
import { distributionOf, SeriesTotals } from "../metrics/series-value.ts";

/** What was committed of a stream. */
export interface ObservedBatch {
  /** Of each row: when its event happened, where that is known, and when its message came; milliseconds since the epoch. */
  readonly rows: readonly { readonly eventMs?: number | undefined; readonly receivedMs: number }[];
  readonly committedMs: number;
}

/** How far a partition is behind. */
export interface ObservedLag {
  readonly topic: string;
  readonly partition: string;
  readonly messages: number;
}

const shown = metricDefinitions.filter(({ source }) => source === "stream");

/** The metrics of one stream, for Prometheus to ask its process for. */
export class StreamMetrics {
  readonly #job: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #totals = new SeriesTotals();
  #lags: readonly ObservedLag[] = [];
  #newestEventMs: number | undefined;
  #lastCommitMs: number | undefined;

  constructor(job: string, clock: Pick<Clock, "now">) {
    this.#job = job;
    this.#clock = clock;
  }

  readonly isReady: boolean = true;
  readonly hasValues: boolean = true;

  observe({ rows, committedMs }: ObservedBatch): void {
    this.#lastCommitMs = committedMs;
    for (const { eventMs, receivedMs } of rows) {
      this.#latency("receive_to_commit", committedMs - receivedMs);
      if (eventMs === undefined) continue;
      this.#latency("source_to_receive", receivedMs - eventMs);
      this.#latency("end_to_end", committedMs - eventMs);
      this.#newestEventMs = Math.max(this.#newestEventMs ?? eventMs, eventMs);
    }
  }

  /** Says how far each partition is behind. */
  behind(lags: readonly ObservedLag[]): void {
    this.#lags = lags;
  }

  async scrape(): Promise<Buffer> {
    const parts = expositionParts(shown, this.#totals, this.#gauges(), () => false);
    return Buffer.from([...parts].join(""));
  }

  /** Clocks differ: a time before its cause counts as no time, and is counted. */
  #latency(stage: string, ms: number): void {
    const seconds = Math.max(0, ms) / 1000;
    const definition = metrics.streamLatency;
    const distribution = distributionOf(seconds, definition.buckets ?? []);
    this.#totals.add({ definition, labels: { stage }, value: seconds, distribution });
    if (ms < 0) this.#totals.add({ definition: metrics.streamClockSkew, labels: { stage }, value: 1 });
  }

  #gauges(): readonly GaugeValue[] {
    const job = this.#job;
    const ageSeconds =
      this.#newestEventMs === undefined ? 0 : Math.max(0, this.#clock.now() - this.#newestEventMs) / 1000;
    const gauges = this.#lags.flatMap(({ topic, partition, messages }): readonly GaugeValue[] => {
      const labels = { job, topic, partition };
      return [
        { definition: metrics.streamLagMessages, labels, value: messages },
        { definition: metrics.streamLag, labels, value: messages > 0 ? ageSeconds : 0 },
      ];
    });
    if (this.#lastCommitMs === undefined) return gauges;
    const last = { definition: metrics.streamLastCommit, labels: { job }, value: this.#lastCommitMs / 1000 };
    return [...gauges, last];
  }
}
