import { eventLine } from "./say.ts";
import type { LogFormat } from "./say.ts";

export interface ProgressOptions {
  readonly logFormat?: LogFormat | undefined;
  /** Says nothing until the result. */
  readonly quiet?: boolean | undefined;
}

/** How far a command is. */
export interface ProgressState {
  /** What is counted: `requests`, `files`, `tables`. */
  readonly unit: string;
  readonly done: number;
  /** Nothing is shown while it is 0: then nobody knows what there is to do. */
  readonly total: number;
  readonly rowsChecked: number;
  /** `waiting for coinbase`, `reading bars.csv`. */
  readonly doing: string;
  /** Which providers it waits for. */
  readonly waitingFor?: readonly string[] | undefined;
}

/** Where progress is written, and the time that it goes by: a seam for tests. */
export interface ProgressTerminal {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Calls `tick` again and again; returns what stops it. */
  every(intervalMs: number, tick: () => void): () => void;
}

const redrawMs = 100;
/** Between two lines where there is no terminal. */
const lineEveryMs = 30_000;
/** A job that is over sooner shows no bar. */
const quietMs = 1000;
const barWidth = 24;

const standardError: ProgressTerminal = {
  get isTerminal() {
    return process.stderr.isTTY;
  },
  get columns() {
    return process.stderr.columns ?? 80;
  },
  write: (text) => void process.stderr.write(text),
  now: () => performance.now(),
  every(intervalMs, tick) {
    const timer = setInterval(tick, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/**
 * One line on a terminal's stderr: share done, rows a second, time left and what the run waits for. Off a terminal a line of
 * text or JSON every 30 s.
 */
export class ProgressBar {
  readonly #terminal: ProgressTerminal;
  readonly #startedMs: number;
  readonly #stop: () => void;
  readonly #format: LogFormat;
  readonly #isQuiet: boolean;
  #state: ProgressState | undefined;
  #isDrawn = false;

  constructor(
    { logFormat = "text", quiet = false }: ProgressOptions = {},
    terminal: ProgressTerminal = standardError,
  ) {
    this.#terminal = terminal;
    this.#format = logFormat;
    this.#isQuiet = quiet;
    this.#startedMs = terminal.now();
    const [show, everyMs] =
      terminal.isTerminal && logFormat === "text"
        ? [() => this.#draw(), redrawMs]
        : [() => this.#print(), lineEveryMs];
    this.#stop = quiet ? () => {} : terminal.every(everyMs, show);
  }

  /** What the next line says. */
  show(state: ProgressState): void {
    this.#state = state;
  }

  /** Says something above the line. */
  note(text: string, event: "waiting" | "note" = "note"): void {
    if (this.#isQuiet) return;
    if (this.#format === "json") {
      this.#writeJson({ event, message: text });
      return;
    }
    this.#terminal.write(`${this.#isDrawn ? "\r\u001B[2K" : ""}${text}\n`);
    this.#isDrawn = false;
  }

  /** Leaves an empty line for the result. */
  close(): void {
    this.#stop();
    if (this.#isDrawn) this.#terminal.write("\r\u001B[2K");
    this.#isDrawn = false;
  }

  /** Off a terminal: a line now and then, so that a log shows that the run is alive. */
  #print(): void {
    const state = this.#state;
    if (state === undefined || state.total === 0) return;
    const { unit, done, total, rowsChecked, doing, waitingFor } = state;
    const elapsedMs = this.#terminal.now() - this.#startedMs;
    const leftMs = leftOf(state, elapsedMs);
    if (this.#format === "json") {
      this.#writeJson({
        event: "progress",
        [`${unit}_done`]: done,
        [`${unit}_total`]: total,
        rows_checked: rowsChecked,
        seconds_left: leftMs === undefined ? null : Math.ceil(leftMs / 1000),
        doing,
        ...(waitingFor === undefined ? {} : { waiting_for: waitingFor }),
      });
      return;
    }
    const left = leftMs === undefined ? "" : `, about ${duration(leftMs)} left`;
    this.#terminal.write(
      `${done} of ${total} ${unit} done, ${rowsChecked.toLocaleString("en-US")} rows checked in ${duration(elapsedMs)}${left}; ${doing}\n`,
    );
  }

  #writeJson(line: Readonly<Record<string, unknown>>): void {
    this.#terminal.write(`${eventLine(line)}\n`);
  }

  #draw(): void {
    const state = this.#state;
    const elapsedMs = this.#terminal.now() - this.#startedMs;
    if (elapsedMs < quietMs || state === undefined || state.total === 0) return;
    const { done, total, rowsChecked, doing } = state;
    // A provider that steps in for another one may need more requests than were planned.
    const share = Math.min(1, done / total);
    const filled = Math.round(share * barWidth);
    const bar = `${"█".repeat(filled)}${"░".repeat(barWidth - filled)}`;
    const rate = Math.round(rowsChecked / (elapsedMs / 1000)).toLocaleString("en-US");
    const leftMs = leftOf(state, elapsedMs);
    const left = leftMs === undefined ? "?" : duration(leftMs);
    const line = `${bar} ${Math.floor(share * 100)}%  ${rowsChecked.toLocaleString("en-US")} rows  ${rate} rows/s  ETA ${left}  ${doing}`;
    this.#terminal.write(`\r\u001B[2K${line.slice(0, this.#terminal.columns - 1)}`);
    this.#isDrawn = true;
  }
}

function leftOf({ done, total }: ProgressState, elapsedMs: number): number | undefined {
  return done === 0 ? undefined : Math.max(0, (total / done - 1) * elapsedMs);
}

/** `1m 05s` */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(seconds / 3600)}h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}m`;
}
