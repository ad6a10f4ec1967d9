import { nothingCounted, withBatch } from "../../streaming/job/stream-counts.ts";
import type { StreamCounted } from "../../streaming/job/stream-counts.ts";
import type { CommittedBatch } from "../../streaming/run/stream-run.ts";
import { countText } from "../output/count-text.ts";
import type { ProgressState } from "../output/progress-bar.ts";

/** Over which time the rate is told. */
const rateWindowMs = 30_000;

/** What a stream has done so far, and how fast it is. */
export class StreamTotals {
  readonly startedMs: number;
  counted: StreamCounted = nothingCounted;
  /** By what the source has and the table does not; `undefined` while it is not known. */
  lag: number | undefined;
  #latencyMs: number | undefined;
  #recent: { readonly atMs: number; readonly messages: number }[] = [];

  constructor(startedMs: number) {
    this.startedMs = startedMs;
  }

  add(batch: CommittedBatch): void {
    this.counted = withBatch(this.counted, batch);
    this.#latencyMs = latencyOf(batch);
    this.#recent.push({ atMs: batch.committedMs, messages: batch.messages });
  }

  /** How it goes, for a line of progress. */
  state(nowMs: number): ProgressState {
    const { messages, rowsIngested, rowsRejected, commits, barsBuilt } = this.counted;
    const sinceMs = Math.max(this.startedMs, nowMs - rateWindowMs);
    this.#recent = this.#recent.filter(({ atMs }) => atMs > nowMs - rateWindowMs);
    const recent = this.#recent.reduce((sum, one) => sum + one.messages, 0);
    const perSecond = Math.round(recent / Math.max(1, (nowMs - sinceMs) / 1000));
    const latencySeconds = this.#latencyMs === undefined ? undefined : Math.round(this.#latencyMs / 100) / 10;
    const doing = [
      countText(messages, "message"),
      `${perSecond.toLocaleString("en-US")}/s`,
      ...(latencySeconds === undefined ? [] : [`latency ${latencySeconds.toFixed(1)}s`]),
      ...(this.lag === undefined ? [] : [`lag ${this.lag.toLocaleString("en-US")}`]),
      countText(commits, "commit"),
      ...(barsBuilt === 0 ? [] : [countText(barsBuilt, "bar")]),
      ...(rowsRejected === 0 ? [] : [`${rowsRejected.toLocaleString("en-US")} rejected`]),
    ].join("  ");
    return {
      doing,
      facts: {
        messages,
        rows_ingested: rowsIngested,
        rows_rejected: rowsRejected,
        commits,
        messages_per_second: perSecond,
        latency_seconds: latencySeconds ?? null,
        lag: this.lag ?? null,
      },
    };
  }
}

/** From the oldest event of a batch to its commit. */
function latencyOf({ rows, committedMs }: CommittedBatch): number | undefined {
  if (rows.length === 0) return undefined;
  const oldestMs = rows.reduce(
    (least, { eventMs, receivedMs }) => Math.min(least, eventMs ?? receivedMs),
    Infinity,
  );
  return Math.max(0, committedMs - oldestMs);
}
