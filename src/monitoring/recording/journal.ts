import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

import { makeFolderSync } from "../../seams/make-folder.ts";
import { isGone, ownProcessMark } from "../../seams/process-mark.ts";
import { metricNamed } from "../metrics/definitions.ts";
import { SeriesTotals } from "../metrics/series-value.ts";
import type { SeriesValue } from "../metrics/series-value.ts";
import type { RecordedRun } from "./metric-rows.ts";

/** The counts of a command up to the moment when it was killed. */
export interface KilledRun {
  readonly path: string;
  readonly run: RecordedRun;
  readonly values: SeriesTotals;
  /** The time of its last count. */
  readonly endedAtMs: number;
}

const suffix = ".jsonl";

/**
 * The counts of a running command, in a file of the state folder: a line for who counts, and one for each count. A command
 * that is killed leaves it, and a later one finds it. The first count makes the file. Where no file can be written, counts
 * are lost with the process; nothing else is.
 */
export class Journal {
  readonly #folder: string;
  readonly #path: string;
  readonly #head: string;
  #file: number | undefined;
  #isOff = false;

  constructor(folder: string, lakePath: string, run: RecordedRun) {
    this.#folder = folder;
    this.#path = join(folder, `${run.recordingId}${suffix}`);
    this.#head = JSON.stringify({ lake: lakePath, process: ownProcessMark(), run });
  }

  note(values: Iterable<SeriesValue>): void {
    if (this.#isOff) return;
    try {
      this.#file ??= this.#begin();
      const lines = Array.from(values, (value) => `${lineOf(value)}\n`);
      // One write, so that a kill leaves all of an event or nothing of it.
      writeSync(this.#file, lines.join(""));
    } catch {
      this.#isOff = true;
    }
  }

  /** Its counts are in the lake. */
  remove(): void {
    const isThere = this.#file !== undefined;
    this.close();
    if (isThere) removeJournal(this.#path);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#isOff = true;
  }

  #begin(): number {
    makeFolderSync(this.#folder);
    const file = openSync(this.#path, "ax");
    writeSync(file, `${this.#head}\n`);
    return file;
  }
}

/** One that stays does no harm: its counts are known by their id. */
export function removeJournal(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder may not be writable any more.
  }
}

/** The journals of commands on a lake whose process is gone. */
export function killedRuns(folder: string, lakePath: string): KilledRun[] {
  return journalNames(folder).flatMap((name) => {
    const killed = readJournal(join(folder, name), lakePath);
    return killed === undefined ? [] : [killed];
  });
}

function journalNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(suffix));
  } catch {
    return [];
  }
}

function readJournal(path: string, lakePath: string): KilledRun | undefined {
  try {
    const [first = "", ...lines] = readFileSync(path, "utf8").split("\n");
    const { lake, process, run } = Head.parse(JSON.parse(first));
    if (lake !== lakePath || !isGone(process)) return undefined;
    const values = new SeriesTotals();
    // A line without a line break is incomplete.
    for (const line of lines.slice(0, -1)) {
      const value = valueOf(line);
      if (value !== undefined) values.add(value);
    }
    return { path, run, values, endedAtMs: statSync(path).mtimeMs };
  } catch {
    // Another command may just have taken it. A damaged journal stays, so that a person can look at it.
    return undefined;
  }
}

const Head = z.object({
  lake: z.string(),
  process: z.object({ host: z.string(), pid: z.int(), startedAt: z.string() }),
  run: z.object({
    recordingId: z.string(),
    command: z.string(),
    runId: z.string().optional(),
    pipeline: z.string().optional(),
    task: z.string().optional(),
    try: z.int().optional(),
    startedAtMs: z.number(),
  }),
});

const Line = z.object({
  metric: z.string(),
  labels: z.array(z.tuple([z.string(), z.string()])),
  value: z.number(),
  distribution: z.object({ bounds: z.array(z.number()), counts: z.array(z.number()) }).optional(),
});

function lineOf({ definition, labels, value, distribution }: SeriesValue): string {
  return JSON.stringify({ metric: definition.name, labels: Object.entries(labels), value, distribution });
}

function valueOf(line: string): SeriesValue | undefined {
  const { metric, labels, ...rest } = Line.parse(JSON.parse(line));
  const definition = metricNamed(metric);
  // A metric of another version of the product.
  return definition === undefined ? undefined : { definition, labels: Object.fromEntries(labels), ...rest };
}
