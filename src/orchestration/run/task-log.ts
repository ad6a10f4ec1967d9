import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorOf } from "finance-feedback-delta/contract";

import { makeFolderSync } from "../../seams/make-folder.ts";

/** Removes secrets from a text. */
export type Redact = (text: string) => string;

/** A line of a log. */
export interface LogLine {
  readonly time: string;
  readonly stream: "stdout" | "stderr" | "runner";
  readonly line: string;
}

/** A log keeps at most so many bytes of one try. */
const bytesMax = 64 * 1024 * 1024;

/** The log of one try: a line of JSON for each line that the task writes, in the file before the next one is read. */
export class TaskLog {
  /** `undefined` where the disk had no room for it. */
  readonly #file: number | undefined;
  readonly #redact: Redact;
  readonly #now: () => number;
  #bytes = 0;

  constructor(path: string, redact: Redact, now: () => number) {
    this.#file = openedLog(path);
    this.#redact = redact;
    this.#now = now;
  }

  write(stream: LogLine["stream"], line: string): void {
    if (this.#bytes > bytesMax) return;
    this.#put(stream, this.#redact(line));
    if (this.#bytes > bytesMax) this.#put("runner", "The log is full: nothing more is kept of this try.");
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #put(stream: LogLine["stream"], line: string): void {
    const entry: LogLine = { time: new Date(this.#now()).toISOString(), stream, line };
    const text = Buffer.from(`${JSON.stringify(entry)}\n`);
    this.#bytes += text.length;
    if (this.#file === undefined) return;
    try {
      writeSync(this.#file, text);
    } catch {
      // On a full disk the task continues: its work matters more than its log.
    }
  }
}

/** On a full disk there is no log: the work of the task matters more. */
function openedLog(path: string): number | undefined {
  try {
    makeFolderSync(dirname(path));
    return openSync(path, "a", 0o600);
  } catch (error) {
    if (systemErrorOf(error)?.code === "ENOSPC") return undefined;
    throw error;
  }
}

/** Where the logs of a run lie. */
function logFolder(stateFolder: string, pipeline: string, runId: string): string {
  return join(stateFolder, "logs", pipeline, runId);
}

export function logPath(
  stateFolder: string,
  run: { readonly pipeline: string; readonly id: string },
  task: string,
  tryNumber: number,
): string {
  return join(logFolder(stateFolder, run.pipeline, run.id), `${task}.${tryNumber}.jsonl`);
}

/** The lines of a log from a place on, and the place behind them. A line that is not whole yet comes later. */
export function readLog(
  path: string,
  from = 0,
): { readonly lines: readonly LogLine[]; readonly end: number } {
  if (!existsSync(path)) return { lines: [], end: from };
  const bytes = readFileSync(path).subarray(from);
  const end = bytes.lastIndexOf(10) + 1;
  const lines = bytes
    .subarray(0, end)
    .toString("utf8")
    .split("\n")
    .flatMap((text) => parsed(text) ?? []);
  return { lines, end: from + end };
}

/** The last lines of a log, however long it is. */
export function readLogEnd(path: string, most: number): readonly LogLine[] {
  if (!existsSync(path)) return [];
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, endBytesMax));
    const length = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes
      .subarray(0, length)
      .toString("utf8")
      .split("\n")
      // The first one may be cut.
      .flatMap((text) => parsed(text) ?? []);
    return lines.slice(-most);
  } finally {
    closeSync(file);
  }
}

const endBytesMax = 2 * 1024 * 1024;

/** Deletes the logs of a run that is forgotten, and the folder of its pipeline when nothing is left in it. */
export function removeLogs(stateFolder: string, pipeline: string, runId: string): void {
  rmSync(logFolder(stateFolder, pipeline, runId), { recursive: true, force: true });
  const folder = join(stateFolder, "logs", pipeline);
  if (existsSync(folder) && readdirSync(folder).length === 0)
    rmSync(folder, { recursive: true, force: true });
}

/** A process that was killed may have left half a line. */
function parsed(text: string): LogLine | undefined {
  if (text === "") return undefined;
  try {
    const line: LogLine = JSON.parse(text);
    return line;
  } catch {
    return undefined;
  }
}
