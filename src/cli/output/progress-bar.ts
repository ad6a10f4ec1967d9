import type { SeriesProgress } from "../../batch/series-ingestion.ts";
import { requestsOf } from "../../batch/series-plan.ts";
import type { SeriesPlan } from "../../batch/series-plan.ts";

export type LogFormat = "text" | "json";

export interface ProgressOptions {
  readonly logFormat?: LogFormat | undefined;
  /** Says nothing until the result. */
  readonly quiet?: boolean | undefined;
}

const redrawMs = 100;
/** Between two lines where there is no terminal. */
const lineEveryMs = 30_000;
/** A job that is over sooner shows no bar. */
const quietMs = 1000;
const barWidth = 24;

/**
 * One line on a terminal's stderr: share done, rows a second, time left and what the run waits for. Off a terminal a line of
 * text or JSON every 30 s.
 */
export class ProgressBar {
  private readonly windowsDone = new Map<SeriesPlan, number>();
  private readonly rowsChecked = new Map<SeriesPlan, number>();
  /** Whom each series waits for. */
  private readonly providers = new Map<SeriesPlan, string>();
  private readonly startedMs = performance.now();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly format: LogFormat;
  private readonly isQuiet: boolean;
  private windowsTotal = 0;
  private isDrawn = false;

  constructor({ logFormat = "text", quiet = false }: ProgressOptions = {}) {
    this.format = logFormat;
    this.isQuiet = quiet;
    if (quiet) return;
    const [draw, everyMs] =
      process.stderr.isTTY && logFormat === "text"
        ? [() => this.draw(), redrawMs]
        : [() => this.print(), lineEveryMs];
    this.timer = setInterval(draw, everyMs);
    this.timer.unref();
  }

  /** Learns how much there is to do. */
  plan(plans: readonly SeriesPlan[]): void {
    this.windowsTotal = plans.reduce((sum, plan) => sum + requestsOf(plan), 0);
    for (const plan of plans) {
      const [first] = plan.pieces;
      if (first !== undefined) this.providers.set(plan, first.provider);
    }
  }

  update(progress: SeriesProgress): void {
    this.windowsDone.set(progress.plan, progress.windowsDone);
    this.rowsChecked.set(progress.plan, progress.rowsChecked);
    if (progress.windowsDone < requestsOf(progress.plan))
      this.providers.set(progress.plan, progress.provider);
    else this.providers.delete(progress.plan);
  }

  /** Says something above the line. */
  note(text: string): void {
    if (this.isQuiet) return;
    if (this.format === "json") {
      this.write({ event: "waiting", message: text });
      return;
    }
    process.stderr.write(`${this.isDrawn ? "\r\u001B[2K" : ""}${text}\n`);
    this.isDrawn = false;
  }

  /** Leaves an empty line for the result. */
  close(): void {
    clearInterval(this.timer);
    if (this.isDrawn) process.stderr.write("\r\u001B[2K");
  }

  /** Off a terminal: a line now and then, so that a log shows that the run is alive. */
  private print(): void {
    if (this.windowsTotal === 0) return;
    const done = total(this.windowsDone.values());
    const rows = total(this.rowsChecked.values());
    const elapsedMs = performance.now() - this.startedMs;
    const leftMs = done === 0 ? undefined : (this.windowsTotal / done - 1) * elapsedMs;
    const providers = [...new Set(this.providers.values())];
    if (this.format === "json") {
      this.write({
        event: "progress",
        requests_done: done,
        requests_total: this.windowsTotal,
        rows_checked: rows,
        seconds_left: leftMs === undefined ? null : Math.ceil(leftMs / 1000),
        waiting_for: providers,
      });
      return;
    }
    const left = leftMs === undefined ? "" : `, about ${duration(leftMs)} left`;
    process.stderr.write(
      `${done} of ${this.windowsTotal} requests done, ${rows.toLocaleString("en-US")} rows checked in ${duration(elapsedMs)}${left}; waiting for ${providers.join(", ")}\n`,
    );
  }

  private write(line: Readonly<Record<string, unknown>>): void {
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
  }

  private draw(): void {
    const elapsedMs = performance.now() - this.startedMs;
    if (elapsedMs < quietMs || this.windowsTotal === 0) return;
    const done = total(this.windowsDone.values());
    const rows = total(this.rowsChecked.values());
    const share = done / this.windowsTotal;
    const filled = Math.round(share * barWidth);
    const bar = `${"█".repeat(filled)}${"░".repeat(barWidth - filled)}`;
    const rate = Math.round(rows / (elapsedMs / 1000)).toLocaleString("en-US");
    const left = done === 0 ? "?" : duration(((1 - share) / share) * elapsedMs);
    const waiting =
      share < 1 ? `waiting for ${[...new Set(this.providers.values())].join(", ")}` : "committing";
    const line = `${bar} ${Math.floor(share * 100)}%  ${rows.toLocaleString("en-US")} rows  ${rate} rows/s  ETA ${left}  ${waiting}`;
    process.stderr.write(`\r\u001B[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    this.isDrawn = true;
  }
}

/** `1m 05s` */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(seconds / 3600)}h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}m`;
}

function total(values: Iterable<number>): number {
  let result = 0;
  for (const value of values) result += value;
  return result;
}
