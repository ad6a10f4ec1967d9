import { relative, resolve } from "node:path";
import { run } from "node:test";
import type { EventData } from "node:test";
import { inspect } from "node:util";

const slowestShown = 5;

interface TestRun {
  readonly root: string;
  readonly files: readonly string[];
  readonly concurrency: number;
  /** Only the tests whose names match. */
  readonly pattern: string | undefined;
  readonly print: (text: string) => void;
}

/**
 * Runs test files, each in a process of its own, and prints a dot for each that is well. A failure is printed in full
 * as soon as it is known, and then all that its file has printed.
 *
 * @returns the files that failed, relative to the root.
 */
export async function runTests({ root, files, concurrency, pattern, print }: TestRun): Promise<string[]> {
  const stream = run({
    cwd: root,
    files: files.map((file) => resolve(root, file)),
    concurrency,
    ...(pattern === undefined ? {} : { testNamePatterns: pattern }),
  });
  const failed = new Set<string>();
  const seconds = new Map<string, number>();
  const printed = new Map<string, string>();
  let summary = "No test ran.";
  const nameOf = (file = "?"): string => relative(root, file);
  const keep = ({ file, message }: EventData.TestStdout | EventData.TestStderr): void => {
    printed.set(file, `${printed.get(file) ?? ""}${message}`);
  };
  stream.on("test:stdout", keep);
  stream.on("test:stderr", keep);
  stream.on("test:fail", (failure) => {
    failed.add(nameOf(failure.file));
    if (!isOfItsParts(failure)) print(failureText(nameOf(failure.file), failure));
  });
  stream.on("test:complete", ({ name, file, details }) => {
    // The end of a file is told as that of a test of its name.
    if (file === undefined || name !== file) return;
    seconds.set(nameOf(file), details.duration_ms / 1000);
    const text = printed.get(file) ?? "";
    printed.delete(file);
    if (details.passed) print(".");
    else if (text !== "") print(`\n--- ${nameOf(file)} printed:\n${text}--- end of ${nameOf(file)}\n`);
  });
  stream.on("test:summary", (whole) => {
    if (whole.file === undefined) summary = summaryText(whole);
  });
  for await (const event of stream) void event;
  print(`\n${summary}\n${slowestText(seconds)}\n`);
  return [...failed];
}

/** Of a file or a group: what failed inside it has been told. */
function isOfItsParts({ details }: EventData.TestFail): boolean {
  return "failureType" in details.error && details.error.failureType === "subtestsFailed";
}

function failureText(file: string, { name, line, details }: EventData.TestFail): string {
  const { error } = details;
  const isOfFile = "exitCode" in error;
  const what = isOfFile
    ? `the process of the file ended with ${inspect(error.exitCode)}`
    : inspect(error.cause instanceof Error ? error.cause : error, { depth: 10, maxStringLength: null });
  return `\nFAILED ${file}${isOfFile ? "" : `:${line ?? "?"}: ${name}`}\n${what}\n`;
}

function summaryText({ counts, duration_ms: ms }: EventData.TestSummary): string {
  const { tests, passed, cancelled, skipped, todo } = counts;
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
