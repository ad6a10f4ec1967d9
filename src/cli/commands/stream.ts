import { randomUUID } from "node:crypto";

import { prepareStream, sourceSpellings } from "../../streaming/job/prepare-stream.ts";
import { streamOptions } from "../../streaming/job/stream-options.ts";
import type { StreamOptions } from "../../streaming/job/stream-options.ts";
import type { StreamFlags, StreamRunFlags } from "../grammar/stream.ts";
import { CommandError } from "../command-error.ts";
import { finishingCommits } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import { StreamTotals } from "../stream/stream-totals.ts";
import { printStreamResult } from "../stream/stream-result.ts";
import { withProgress } from "../watched-run.ts";

/** Made-up trades lie apart from real ones. */
const demoStorage = "data/demo";

/** `ffe stream`: runs until it is stopped, or has read what there was. */
export async function streamRun(flags: StreamRunFlags): Promise<number> {
  const options = streamOptionsOf(flags);
  const storage = flags.storage ?? (options.source === "demo" ? demoStorage : undefined);
  return withLakehouse(
    { ...flags, ...(storage === undefined ? {} : { storage }), recordedAs: "stream" },
    async (lakehouse) => {
      const { lake, deadLetters, clock } = lakehouse;
      const stream = prepareStream(options, { lake, deadLetters, clock, ingestionId: randomUUID() });
      const totals = new StreamTotals(clock.now());
      await withProgress(flags, async (progress) => {
        const show = (): void => progress.show(totals.state(clock.now()));
        show();
        progress.note(
          `${stream.job} comes into ${stream.tables.join(", ")} of ${lake.storagePath}. Ctrl-C ends it; the next start goes on exactly there.`,
        );
        await finishingCommits(async (signal) => {
          await stream.run({
            signal,
            onBatch(batch) {
              totals.add(batch);
              for (const warning of batch.warnings) progress.note(warning);
              show();
            },
            tell: (message) => progress.note(message),
          });
        }, "Stopping after the batch in hand; once more stops at once.");
      });
      await printStreamResult({ stream, totals, lake, deadLetters, nowMs: clock.now() }, flags, storage);
      return 0;
    },
  );
}

function streamOptionsOf(flags: StreamFlags): StreamOptions {
  const { source, interval } = flags;
  if (source === undefined)
    throw new CommandError(
      "INVALID_ARGUMENT",
      `--source says where messages come from: ${sourceSpellings.join(", ")}`,
    );
  return { ...picked(flags, streamFlagNames), source, intervalMs: interval };
}

/** The flags that are options of the stream itself, under the same names. */
const streamFlagNames = Object.keys(streamOptions).filter((name) => isFlagName(name));

function isFlagName(name: string): name is Exclude<keyof StreamOptions, "intervalMs" | "source"> {
  return name !== "intervalMs" && name !== "source";
}

function picked<Given extends object, Name extends keyof Given>(
  given: Given,
  names: readonly Name[],
): Partial<Pick<Given, Name>> {
  const result: Partial<Pick<Given, Name>> = {};
  for (const name of names) result[name] = given[name];
  return result;
}
