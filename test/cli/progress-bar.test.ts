// What a long command says on its way: a bar on a terminal, elsewhere a line every 30 seconds.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ProgressBar } from "../../src/cli/output/progress-bar.ts";
import { clearDrawnLine, setLog } from "../../src/cli/output/say.ts";
import type { ProgressOptions, ProgressTerminal } from "../../src/cli/output/progress-bar.ts";

setLog("text", { now: () => Date.UTC(2026, 0, 8, 12) });

/** A terminal, or a log, whose time passes by hand. */
class HandTerminal implements ProgressTerminal {
  readonly isTerminal: boolean;
  readonly columns = 100;
  readonly written: string[] = [];
  #nowMs = 0;
  readonly #timers = new Set<{
    readonly everyMs: number;
    readonly tick: () => void;
    nextMs: number;
  }>();

  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal;
  }

  write(text: string): void {
    this.written.push(text);
  }

  now(): number {
    return this.#nowMs;
  }

  every(everyMs: number, tick: () => void): () => void {
    const timer = { everyMs, tick, nextMs: this.#nowMs + everyMs };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (; this.#nowMs < endMs; this.#nowMs += 100) {
      for (const timer of this.#timers) {
        if (this.#nowMs < timer.nextMs) continue;
        timer.tick();
        timer.nextMs += timer.everyMs;
      }
    }
  }
}

const halfWay = {
  unit: "requests",
  done: 5,
  total: 10,
  rowsChecked: 1500,
  doing: "waiting for coinbase",
  waitingFor: ["coinbase"],
};

function started(options: ProgressOptions, isTerminal = false): { bar: ProgressBar; terminal: HandTerminal } {
  const terminal = new HandTerminal(isTerminal);
  return { bar: new ProgressBar(options, terminal), terminal };
}

test("off a terminal there is a line every 30 seconds, and none before, nor after the end", () => {
  const { bar, terminal } = started({});
  bar.show(halfWay);
  terminal.pass(29_900);
  assert.deepEqual(terminal.written, []);
  terminal.pass(30_300);
  assert.deepEqual(terminal.written, [
    "5 of 10 requests done, 1,500 rows checked in 30s, about 30s left; waiting for coinbase\n",
    "5 of 10 requests done, 1,500 rows checked in 1m 00s, about 1m 00s left; waiting for coinbase\n",
  ]);
  bar.close();
  terminal.pass(120_000);
  assert.equal(terminal.written.length, 2);
});

test("as JSON each line is a document, of a terminal too, and so is a note", () => {
  for (const isTerminal of [false, true]) {
    const { bar, terminal } = started({ logFormat: "json" }, isTerminal);
    bar.show({ ...halfWay, done: 0 });
    bar.note("The provider is down.", "waiting");
    terminal.pass(30_100);
    const [note, line] = terminal.written.map((text): unknown => JSON.parse(text));
    assert.deepEqual(note, {
      time: "2026-01-08T12:00:00.000Z",
      event: "waiting",
      message: "The provider is down.",
    });
    assert.partialDeepStrictEqual(line, {
      event: "progress",
      requests_done: 0,
      requests_total: 10,
      rows_checked: 1500,
      seconds_left: null,
      waiting_for: ["coinbase"],
    });
  }
});

test("where nothing can be counted the lines say what is done, and for how long", () => {
  const { bar, terminal } = started({});
  bar.show({ doing: "optimizing prices" });
  terminal.pass(90_300);
  assert.deepEqual(terminal.written, [
    "optimizing prices: 30s so far\n",
    "optimizing prices: 1m 00s so far\n",
    "optimizing prices: 1m 30s so far\n",
  ]);
  bar.close();
  const json = started({ logFormat: "json" });
  json.bar.show({ doing: "optimizing prices" });
  json.terminal.pass(30_100);
  const [line = ""] = json.terminal.written;
  assert.partialDeepStrictEqual(JSON.parse(line), {
    event: "progress",
    doing: "optimizing prices",
    seconds: 30,
  });
  json.bar.close();
});

test("what is said while a line is drawn takes its place", () => {
  const { bar, terminal } = started({}, true);
  bar.show({ doing: "optimizing prices" });
  terminal.pass(1200);
  assert.equal(terminal.written.at(-1), "\r\u001B[2Koptimizing prices  2s");
  clearDrawnLine();
  assert.equal(terminal.written.at(-1), "\r\u001B[2K");
  bar.close();
});

test("quiet says nothing at all", () => {
  const { bar, terminal } = started({ quiet: true });
  bar.show(halfWay);
  bar.note("The provider is down.");
  terminal.pass(100_000);
  bar.close();
  assert.deepEqual(terminal.written, []);
});

test("on a terminal one line is drawn anew, after a second, and is gone at the end; more than all is all", () => {
  const { bar, terminal } = started({}, true);
  bar.show({ ...halfWay, done: 13 });
  terminal.pass(900);
  assert.deepEqual(terminal.written, []);
  terminal.pass(400);
  const line = terminal.written.at(-1) ?? "";
  assert.ok(line.startsWith(`\r\u001B[2K${"█".repeat(24)} 100%  1,500 rows  `), line);
  assert.ok(line.endsWith("waiting for coinbase"), line);
  bar.note("A note.");
  assert.equal(terminal.written.at(-1), "\r\u001B[2KA note.\n");
  terminal.pass(400);
  bar.close();
  assert.equal(terminal.written.at(-1), "\r\u001B[2K");
});
