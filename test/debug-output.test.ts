import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaError, deltaEvents } from "finance-feedback-delta";

import { debugAreas, printEvents } from "../src/debug-output.ts";
import { pipelineEvents } from "../src/events/pipeline-events.ts";

const time = new Date("2026-06-01T12:00:00Z");

function linesOf(wanted: string, work: () => void): string[] {
  const lines: string[] = [];
  const stop = printEvents(wanted, (text) => void lines.push(text), { now: () => time.getTime() });
  work();
  stop();
  return lines;
}

function tellOfVacuum(): void {
  deltaEvents.vacuum.publish(() => ({
    tableUri: "/data/bronze/a table",
    isDryRun: false,
    files: 3,
    bytes: 120,
    durationSeconds: 0.0125,
  }));
}

test("an event is one line with its time, area, name, duration and facts", () => {
  assert.deepEqual(linesOf("delta", tellOfVacuum), [
    '2026-06-01T12:00:00.000Z delta vacuum 12.5ms tableUri="/data/bronze/a table" isDryRun=false files=3 bytes=120\n',
  ]);
});

test("areas are those that are named; a star means all", () => {
  const names = ["http, SQL", "delta,http", "*", ""];
  assert.deepEqual(
    names.map((wanted) => linesOf(wanted, tellOfVacuum).length),
    [0, 1, 1, 0],
  );
});

test("nothing is printed, and nobody listens, once it was ended", () => {
  linesOf("*", tellOfVacuum);
  assert.equal(deltaEvents.vacuum.hasSubscribers, false);
});

test("a wrong name gets a warning that lists the areas, and the others print", () => {
  const [warning, line] = linesOf("dleta,delta", tellOfVacuum);
  assert.equal(
    warning,
    "FFE_DEBUG: there is no area dleta. The areas are delta, scan, sql, http, ingest, stream, quality, transform, run, dlq, or * for all.\n",
  );
  assert.match(line ?? "", / delta vacuum /);
});

test("SQL is printed on one line, an error with its code, and no control character reaches a terminal", () => {
  const [line = ""] = linesOf("sql", () => {
    deltaEvents.sql.publish(() => ({
      sql: 'SELECT "close"\n  FROM t -- \u001B[31m\u009B31m',
      rows: 0,
      outcome: "failed",
      durationSeconds: 0.001,
      error: new DeltaError("INVALID_QUERY", "there is no t"),
    }));
  });
  assert.equal(
    line,
    '2026-06-01T12:00:00.000Z sql sql 1.0ms sql="SELECT "close" FROM t -- \\u001b[31m\\u009b31m" rows=0 outcome=failed error="INVALID_QUERY: there is no t"\n',
  );
});

test("every channel is in one area", () => {
  const all = [...Object.values(deltaEvents), ...Object.values(pipelineEvents)].map(({ name }) => name);
  const printed = Object.values(debugAreas).flatMap((channels) => channels.map(({ name }) => name));
  assert.equal(printed.length, all.length);
  assert.deepEqual(new Set(printed), new Set(all));
});
