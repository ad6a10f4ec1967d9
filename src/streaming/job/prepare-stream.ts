/**
 * From options to a stream that can run: the one place that knows sources and formats by their names. A source is a file
 * beside this one and its line in `sourceKinds`; a format is an entry of `message-formats.ts`.
 */
import { nearestName } from "finance-feedback-delta/contract";

import { assertOptions } from "../arguments.ts";
import { StreamingError } from "../streaming-error.ts";
import { coinbaseStream } from "./coinbase-stream.ts";
import { demoStream } from "./demo-stream.ts";
import { fileStream } from "./file-stream.ts";
import { kafkaStream } from "./kafka-stream.ts";
import { readingOf } from "./message-formats.ts";
import type { PreparedStream, StreamContext } from "./prepared-stream.ts";
import type { SourceKind } from "./source-kind.ts";
import { commonStreamOptions, streamOptions } from "./stream-options.ts";
import type { StreamOptions } from "./stream-options.ts";

const sourceKinds: readonly SourceKind[] = [demoStream, fileStream, coinbaseStream, kafkaStream];

/** As users write them: `demo`, `file:PATH`. */
export const sourceSpellings: readonly string[] = sourceKinds.map(({ name, takes }) =>
  takes === undefined ? name : `${name}:${takes}`,
);

/**
 * Makes a stream of its options. Nothing is read or written yet.
 *
 * @throws StreamingError and MarketError `INVALID_ARGUMENT`
 */
export function prepareStream(options: StreamOptions, context: StreamContext): PreparedStream {
  const { kind, target } = readOptions(options);
  const reading = kind.options.includes("format") ? readingOf(options) : undefined;
  const job = jobName(options, kind, target);
  return kind.prepare(target, { job, options, context: { ...context, reading } });
}

function readOptions(options: StreamOptions): { readonly kind: SourceKind; readonly target: string } {
  assertOptions("stream", options, streamOptions);
  const [name = "", ...rest] = options.source.split(":");
  const target = rest.join(":");
  const kind = sourceKinds.find((one) => one.name === name);
  if (kind === undefined) {
    const nearest = nearestName(
      name,
      sourceKinds.map((one) => one.name),
    );
    throw new StreamingError(
      "INVALID_ARGUMENT",
      `There is no source ${options.source}. ${nearest === undefined ? `The sources are ${sourceSpellings.join(", ")}` : `Did you mean ${nearest}?`}`,
    );
  }
  if ((kind.takes !== undefined) !== (target !== ""))
    throw new StreamingError(
      "INVALID_ARGUMENT",
      kind.takes === undefined
        ? `The source ${name} is written alone, not as ${options.source}`
        : `The source ${name} is written as ${name}:${kind.takes}`,
    );
  for (const [option, value] of Object.entries(options))
    if (value !== undefined && !isOptionOf(option, kind))
      throw new StreamingError("INVALID_ARGUMENT", `The source ${name} has no option ${option}`);
  return { kind, target };
}

function isOptionOf(name: string, kind: SourceKind): boolean {
  return [...commonStreamOptions, ...kind.options].some((one) => one === name);
}

function jobName(options: StreamOptions, kind: SourceKind, target: string): string {
  const name = options.name ?? kind.jobName(target, options);
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(name)) return name;
  throw new StreamingError(
    "INVALID_ARGUMENT",
    `name: a stream's name has letters, digits, dots, - and _, not ${name}`,
  );
}
