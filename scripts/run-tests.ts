import { join, relative, resolve } from "node:path";
import { run } from "node:test";
import type { EventData } from "node:test";
import { inspect } from "node:util";

const slowestShown = 5;

interface TestRun {
  readonly root: string;
  /** Files of one group share a process. */
  readonly groups: readonly (readonly string[])[];
  /** Processes at a time. */
  readonly concurrency: number;
  /** Only the tests whose names match. */
  readonly pattern: string | undefined;
  readonly print: (text: string) => void;
}

/**
 * Runs groups of test files, each group in a process of its own, and prints a dot for each file that is well. A failure
 * is printed in full as soon as it is known, and at the group's end all that its process has printed.
 *
 * @returns the files that failed, and how long each took that came to its end; all relative to the root.
 */
export async function runTests({
  groups,
  concurrency,
  print,
  ...how
}: TestRun): Promise<{ readonly failed: readonly string[]; readonly seconds: ReadonlyMap<string, number> }> {
  const startMs = Date.now();
  const outcomes: GroupRun[] = [];
  const waiting = groups.values();
  const worker = async (): Promise<void> => {
    for (const group of waiting) {
      const outcome = new GroupRun(how.root, group, print);
      outcomes.push(outcome);
      await outcome.run(how.pattern);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = new Map(outcomes.flatMap((outcome) => [...outcome.seconds]));
  print(`\n${summaryText(outcomes, Date.now() - startMs)}\n${slowestText(seconds)}\n`);
  return { failed: outcomes.flatMap((outcome) => [...outcome.failed]), seconds };
}

class GroupRun {
  readonly failed: Set<string> = new Set();
  /** Of each file that came to its end. */
  readonly seconds: Map<string, number> = new Map();
  counts: EventData.TestSummary["counts"] | undefined;
  readonly #root: string;
  readonly #group: readonly string[];
  readonly #print: (text: string) => void;
  #printed = "";
  /** Whose tests are being told. */
  #file: string;

  constructor(root: string, group: readonly string[], print: (text: string) => void) {
    this.#root = root;
    this.#group = group;
    this.#print = print;
    this.#file = group[0] ?? "?";
  }

  async run(pattern: string | undefined): Promise<void> {
    const paths = this.#group.map((file) => resolve(this.#root, file));
    const inOneProcess = { files: [join(import.meta.dirname, "test-group.ts")], argv: paths };
    const stream = run({
      cwd: this.#root,
      ...(paths.length > 1 ? inOneProcess : { files: paths }),
      ...(pattern === undefined ? {} : { testNamePatterns: pattern }),
    });
    const keep = ({ message }: EventData.TestStdout | EventData.TestStderr): void => {
      this.#printed += message;
    };
    stream.on("test:stdout", keep);
    stream.on("test:stderr", keep);
    stream.on("test:diagnostic", ({ message }) => {
      // What came after the end of its test; the others are counts.
      if (/^(?:Error|Warning): /.test(message)) this.#printed += `${message}\n`;
    });
    stream.on("test:start", ({ name }) => {
      const file = this.#fileOf(name);
      if (file !== undefined) this.#file = file;
    });
    stream.on("test:fail", (failure) => {
      this.#tellFailure(failure);
    });
    stream.on("test:complete", ({ name, details }) => {
      // The end of a file is told as that of a suite, or of a test, of its path.
      const file = this.#fileOf(name);
      if (file === undefined) return;
      this.seconds.set(file, details.duration_ms / 1000);
      if (details.passed) this.#print(".");
    });
    stream.on("test:summary", (whole) => {
      if (whole.file === undefined) this.counts = whole.counts;
    });
    for await (const event of stream) void event;
    if (this.failed.size === 0 || this.#printed === "") return;
    const names = this.#group.join(", ");
    this.#print(`\n--- printed by ${names}:\n${this.#printed}--- end of what was printed by ${names}\n`);
  }

  #fileOf(name: string): string | undefined {
    const file = relative(this.#root, name);
    return this.#group.includes(file) ? file : undefined;
  }

  #tellFailure(failure: EventData.TestFail): void {
    const { error } = failure.details;
    // Of a file or a group: what failed inside it has been told.
    if ("failureType" in error && error.failureType === "subtestsFailed") return;
    if ("exitCode" in error) {
      // What the process had not yet told is lost, so each file may be the one.
      const untold = this.#group.filter((file) => !this.seconds.has(file));
      const lost = untold.length > 0 ? untold : this.#group;
      for (const file of lost) this.failed.add(file);
      this.#print(`\nFAILED ${lost.join(", ")}\nthe process ended with ${inspect(error.exitCode)}\n`);
      return;
    }
    this.failed.add(this.#file);
    const cause = error.cause instanceof Error ? error.cause : error;
    const text = inspect(cause, { depth: 10, maxStringLength: null });
    this.#print(`\nFAILED ${this.#placeOf(failure)}\n${text}\n`);
  }

  #placeOf({ name, file, line }: EventData.TestFail): string {
    if (this.#fileOf(name) !== undefined) return this.#file;
    const place = relative(this.#root, file ?? "?");
    return `${this.#file}${place === this.#file ? "" : ` (${place})`}:${line ?? "?"}: ${name}`;
  }
}

function summaryText(outcomes: readonly GroupRun[], ms: number): string {
  const sum = (kind: "tests" | "passed" | "cancelled" | "skipped" | "todo"): number =>
    outcomes.reduce((total, { counts }) => total + (counts?.[kind] ?? 0), 0);
  const [tests, passed, cancelled] = [sum("tests"), sum("passed"), sum("cancelled")];
  const [skipped, todo] = [sum("skipped"), sum("todo")];
  const others = Object.entries({
    failed: tests - passed - cancelled - skipped - todo,
    cancelled,
    skipped,
    todo,
  });
  const told = others.filter(([, count]) => count > 0).map(([kind, count]) => `, ${count} ${kind}`);
  return `${passed} of ${tests} tests passed${told.join("")}, in ${(ms / 1000).toFixed(0)} s`;
}

function slowestText(seconds: ReadonlyMap<string, number>): string {
  const slowest = [...seconds].toSorted(([, left], [, right]) => right - left).slice(0, slowestShown);
  return `Slowest: ${slowest.map(([file, time]) => `${file} ${time.toFixed(1)} s`).join(", ")}`;
}
