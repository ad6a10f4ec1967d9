import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "commander";

import { helpExamples } from "../../src/cli/help-examples.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { systemClock } from "../../src/seams/clock.ts";

test("every example of a help is a call of its command, with options that it has", () => {
  const program = buildProgram(() => {}, systemClock);
  for (const [call, examples] of helpExamples) {
    const command = commandOf(program, call.split(" ").slice(1));
    assert.ok(examples.length > 0 && examples.every((example) => example.includes(call)), call);
    for (const example of examples) {
      // Those of the whole program are of its commands.
      if (call === "ffe") continue;
      const words = example.replaceAll(/"[^"]*"|'[^']*'/g, "text").split(" ");
      const deepest = commandOf(program, words.slice(1));
      const known = new Set([...command.options, ...deepest.options].map(({ long }) => long));
      for (const word of words.filter((one) => one.startsWith("--"))) assert.ok(known.has(word), example);
    }
  }
});

test("a help ends in its examples", () => {
  const program = buildProgram(() => {}, systemClock);
  let text = "";
  const read = commandOf(program, ["table", "read"]);
  read.configureOutput({ writeOut: (part) => (text += part) });
  read.outputHelp();
  assert.match(text, /Examples:\n {2}ffe table read .*--order-by/);
});

/** The command that the words call, as far as they name one. */
function commandOf(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) return command;
    command = next;
  }
  return command;
}
