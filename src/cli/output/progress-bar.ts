import { cutTo } from "./text-width.ts";
import { eventLine, setLineClearer } from "./say.ts";
import type { LogFormat } from "./say.ts";

export interface ProgressOptions {
  readonly logFormat?: LogFormat | undefined;
  /** Prints nothing before the result. */
  readonly quiet?: boolean | undefined;
}

/** The progress of a command, or what it does when that cannot be counted. */
export type ProgressState = CountedState | OpenState;

interface CountedState extends OpenState {
  /** What is counted: `requests`, `files`, `tables`. */
  readonly unit: string;
  readonly done: number;
  /** 0 before it is known. */
  readonly total: number;
  readonly rowsChecked: number;
  /** Which providers it waits for. */
  readonly waitingFor?: readonly string[] | undefined;
}

interface OpenState {
  /** `waiting for coinbase`, `reading bars.csv`. */
  readonly doing: string;
  /** Of work without an end: what a line of JSON has besides. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
}

/** The output of progress, and its clock: a seam for tests. */
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
/** The interval of lines without a terminal. */
const lineEveryMs = 30_000;
/** A job that is over sooner shows no bar. */
const quietMs = 1000;
const barWidth = 24;
const clearLine = "\r\u001B[2K";

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
    setLineClearer(() => this.#clear());
  }

  /** What the next line says. */
  show(state: ProgressState): void {
    this.#state = state;
  }

  /** Prints a message above the line. */
  note(text: string, event: "waiting" | "note" = "note"): void {
    if (this.#isQuiet) return;
    if (this.#format === "json") {
      this.#writeJson({ event, message: text });
      return;
    }
    this.#terminal.write(`${this.#isDrawn ? clearLine : ""}${text}\n`);
    this.#isDrawn = false;
  }

  /** Leaves an empty line for the result. */
  close(): void {
    this.#stop();
    this.#clear();
    setLineClearer(() => {});
  }

  #clear(): void {
    if (this.#isDrawn) this.#terminal.write(clearLine);
    this.#isDrawn = false;
  }

  /** Without a terminal: a line now and then shows in a log that the run is alive. */
  #print(): void {
    const state = this.#state;
    if (state === undefined) return;
    const elapsedMs = this.#terminal.now() - this.#startedMs;
    if (this.#format === "json") this.#writeJson({ event: "progress", ...factsOf(state, elapsedMs) });
    else this.#terminal.write(`${lineOf(state, elapsedMs)}\n`);
  }

  #writeJson(line: Readonly<Record<string, unknown>>): void {
    this.#terminal.write(`${eventLine(line)}\n`);
  }

  #draw(): void {
    const state = this.#state;
    const elapsedMs = this.#terminal.now() - this.#startedMs;
    if (elapsedMs < quietMs || state === undefined) return;
    this.#terminal.write(`${clearLine}${cutTo(barOf(state, elapsedMs), this.#terminal.columns - 1)}`);
    this.#isDrawn = true;
  }
}

/** As text in a log. */
function lineOf(state: ProgressState, elapsedMs: number): string {
  if (!isCounted(state)) return `${state.doing}: ${duration(elapsedMs)} so far`;
  const { unit, done, total, rowsChecked, doing } = state;
  const leftMs = leftOf(state, elapsedMs);
  const left = leftMs === undefined ? "" : `, about ${duration(leftMs)} left`;
  return `${done} of ${total} ${unit} done, ${grouped(rowsChecked)} rows checked in ${duration(elapsedMs)}${left}; ${doing}`;
}

/** As members of a line of JSON. */
function factsOf(state: ProgressState, elapsedMs: number): Readonly<Record<string, unknown>> {
  const { doing } = state;
  if (!isCounted(state)) return { ...state.facts, doing, seconds: Math.round(elapsedMs / 1000) };
  const { unit, done, total, rowsChecked, waitingFor } = state;
  const leftMs = leftOf(state, elapsedMs);
  return {
    [`${unit}_done`]: done,
    [`${unit}_total`]: total,
    rows_checked: rowsChecked,
    seconds_left: leftMs === undefined ? null : Math.ceil(leftMs / 1000),
    doing,
    ...(waitingFor === undefined ? {} : { waiting_for: waitingFor }),
  };
}

/** On a terminal. */
function barOf(state: ProgressState, elapsedMs: number): string {
  if (!isCounted(state)) return `${state.doing}  ${duration(elapsedMs)}`;
  const { done, total, rowsChecked, doing } = state;
  // A provider that steps in for another one may need more requests than were planned.
  const share = Math.min(1, done / total);
  const filled = Math.round(share * barWidth);
  const bar = `${"█".repeat(filled)}${"░".repeat(barWidth - filled)}`;
  const rate = grouped(Math.round(rowsChecked / (elapsedMs / 1000)));
  const leftMs = leftOf(state, elapsedMs);
  const left = leftMs === undefined ? "?" : duration(leftMs);
  return `${bar} ${Math.floor(share * 100)}%  ${grouped(rowsChecked)} rows  ${rate} rows/s  ETA ${left}  ${doing}`;
}

function isCounted(state: ProgressState): state is CountedState {
  return "total" in state && state.total > 0;
}

function leftOf({ done, total }: CountedState, elapsedMs: number): number | undefined {
  return done === 0 ? undefined : Math.max(0, (total / done - 1) * elapsedMs);
}

function grouped(amount: number): string {
  return amount.toLocaleString("en-US");
}

/** `1m 05s` */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(seconds / 3600)}h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}m`;
}
