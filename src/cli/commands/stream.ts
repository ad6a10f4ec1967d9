import { randomUUID } from "node:crypto";

import { prepareStream } from "../../streaming/job/prepare-stream.ts";
import type { StreamRunFlags } from "../grammar/stream.ts";
import { finishingCommits } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import { streamOptionsOf, streamStorage } from "../stream/stream-flags.ts";
import { StreamTotals } from "../stream/stream-totals.ts";
import { printStreamResult } from "../stream/stream-result.ts";
import { withProgress } from "../watched-run.ts";

/** `ffe stream`: runs until it is stopped, or has read what there was. */
export async function streamRun(name: string | undefined, flags: StreamRunFlags): Promise<number> {
  const options = streamOptionsOf(name, flags);
  const storage = streamStorage(options, flags.storage);
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
              stream.lag().then(
                (lags) => {
                  totals.lag = [...lags.values()].reduce((sum, { lag }) => sum + lag, 0);
                  return undefined;
                },
                // The source says by itself when it cannot be read.
                () => undefined,
              );
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
