import { deltaEvents } from "finance-feedback-delta";
import type { EventChannel } from "finance-feedback-delta/contract";

import { pipelineEvents } from "./events/pipeline-events.ts";
import type { Clock } from "./seams/clock.ts";

/** What `FFE_DEBUG` can name, and the channels that each name prints. */
export const debugAreas: Readonly<Record<string, readonly EventChannel<object>[]>> = {
  delta: [deltaEvents.commit, deltaEvents.retry, deltaEvents.checkpoint, deltaEvents.vacuum],
  scan: [deltaEvents.plan, deltaEvents.scan],
  sql: [deltaEvents.sql],
  http: [pipelineEvents.request, pipelineEvents.wait],
  ingest: [pipelineEvents.ingest, pipelineEvents.series, pipelineEvents.progress],
  stream: [pipelineEvents.streamBatch],
  quality: [pipelineEvents.validation, pipelineEvents.gate],
  transform: [pipelineEvents.transformStart, pipelineEvents.transformNode, pipelineEvents.transformTest],
  run: [pipelineEvents.run, pipelineEvents.task],
  dlq: [pipelineEvents.deadLetter, pipelineEvents.deadLetterReplay, pipelineEvents.deadLetterPurge],
};

let isStarted = false;

/** Prints the events that the environment variable `FFE_DEBUG` names to stderr, once in a process. */
export function startDebugOutput(clock: Pick<Clock, "now">): void {
  const wanted = process.env["FFE_DEBUG"] ?? "";
  if (isStarted || wanted === "") return;
  isStarted = true;
  printEvents(
    wanted,
    (text) => {
      // A progress bar may be on the line.
      process.stderr.write(process.stderr.isTTY ? `\r\u001B[2K${text}` : text);
    },
    clock,
  );
}

/**
 * Prints one line for each event of some areas.
 *
 * @param wanted their names with commas in between, or `*` for all.
 * @returns a function that ends it.
 */
export function printEvents(
  wanted: string,
  write: (text: string) => void,
  clock: Pick<Clock, "now">,
): () => void {
  const names = wanted
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const all = Object.keys(debugAreas);
  const wrong = names.filter((name) => name !== "*" && !Object.hasOwn(debugAreas, name));
  if (wrong.length > 0)
    write(
      `FFE_DEBUG: there is no area ${wrong.map((name) => printable(name)).join(", ")}. The areas are ${all.join(", ")}, or * for all.\n`,
    );
  const stops = Object.entries(debugAreas)
    .filter(([area]) => names.includes(area) || names.includes("*"))
    .flatMap(([area, channels]) =>
      channels.map((channel) =>
        channel.subscribe((event) =>
          write(`${new Date(clock.now()).toISOString()} ${area} ${lineOf(channel.name, event)}\n`),
        ),
      ),
    );
  return () => {
    for (const stop of stops) stop();
  };
}

/** `commit 12.5ms tableUri=... version=3` */
function lineOf(channelName: string, event: object): string {
  const facts: [name: string, value: unknown][] = Object.entries(event);
  const duration = facts.flatMap(([name, value]) =>
    name === "durationSeconds" && typeof value === "number" ? [`${(value * 1000).toFixed(1)}ms`] : [],
  );
  const others = facts.filter(([name, value]) => name !== "durationSeconds" && value !== undefined);
  const what = channelName.slice(channelName.indexOf(":") + 1);
  return [what, ...duration, ...others.map(([name, value]) => `${name}=${textOf(value)}`)].join(" ");
}

const valueLengthMax = 2000;

function textOf(value: unknown): string {
  const text = printable(value);
  return text.length > valueLengthMax ? `${text.slice(0, valueLengthMax)}…` : text;
}

/** On one line, and without control characters of a terminal. */
function printable(value: unknown): string {
  if (value instanceof Error) {
    const code = "code" in value && typeof value.code === "string" ? `${value.code}: ` : "";
    return printable(`${code}${value.message}`);
  }
  if (typeof value === "string" && /^[\w.:/@+*?&=%-]+$/.test(value)) return value;
  const json =
    typeof value === "string"
      ? // Easier to read, as SQL is, than with each quote escaped.
        JSON.stringify(value.replaceAll(/\s+/g, " ")).replaceAll('\\"', '"')
      : (JSON.stringify(value) ?? String(value));
  return json.replaceAll(/[\u007f-\u009f]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}
