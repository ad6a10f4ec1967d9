import type { CommittedBatch } from "../../streaming/run/stream-run.ts";
import type { ProgressState } from "../output/progress-bar.ts";
import { countText } from "../output/count-text.ts";

/** Over which time the rate is told. */
const rateWindowMs = 30_000;

/** What a stream has done so far. */
export class StreamTotals {
  readonly startedMs: number;
  commits = 0;
  messages = 0;
  rowsIngested = 0;
  rowsRevised = 0;
  rowsUnchanged = 0;
  rowsRejected = 0;
  tableVersion: number | undefined;
  positions: ReadonlyMap<string, number> = new Map();
  readonly warnings: Set<string> = new Set();
  #latencyMs: number | undefined;
  #recent: { readonly atMs: number; readonly messages: number }[] = [];

  constructor(startedMs: number) {
    this.startedMs = startedMs;
  }

  add(batch: CommittedBatch): void {
    this.commits += 1;
    this.messages += batch.messages;
    this.rowsIngested += batch.rowsIngested;
    this.rowsRevised += batch.rowsRevised;
    this.rowsUnchanged += batch.rowsUnchanged;
    this.rowsRejected += batch.rowsRejected;
    this.tableVersion = batch.tableVersion;
    this.positions = batch.positions;
    for (const warning of batch.warnings) this.warnings.add(warning);
    this.#latencyMs = latencyOf(batch);
    this.#recent.push({ atMs: batch.committedMs, messages: batch.messages });
  }

  /** How it goes, for a line of progress. */
  state(nowMs: number): ProgressState {
    const sinceMs = Math.max(this.startedMs, nowMs - rateWindowMs);
    this.#recent = this.#recent.filter(({ atMs }) => atMs > nowMs - rateWindowMs);
    const recent = this.#recent.reduce((sum, { messages }) => sum + messages, 0);
    const perSecond = Math.round(recent / Math.max(1, (nowMs - sinceMs) / 1000));
    const latencySeconds = this.#latencyMs === undefined ? undefined : Math.round(this.#latencyMs / 100) / 10;
    const doing = [
      countText(this.messages, "message"),
      `${perSecond.toLocaleString("en-US")}/s`,
      ...(latencySeconds === undefined ? [] : [`latency ${latencySeconds.toFixed(1)}s`]),
      countText(this.commits, "commit"),
      ...(this.rowsRejected === 0 ? [] : [`${this.rowsRejected.toLocaleString("en-US")} rejected`]),
    ].join("  ");
    const { messages, rowsIngested, rowsRejected, commits } = this;
    return {
      doing,
      facts: {
        messages,
        rows_ingested: rowsIngested,
        rows_rejected: rowsRejected,
        commits,
        messages_per_second: perSecond,
        latency_seconds: latencySeconds ?? null,
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
