import { StreamMetrics } from "../../monitoring/exporter/stream-metrics.ts";
import { serveMetrics } from "../../monitoring/exporter/metrics-server.ts";
import { prepareStream } from "../../streaming/job/prepare-stream.ts";
import type { PreparedStream } from "../../streaming/job/prepared-stream.ts";
import type { StreamRunFlags } from "../grammar/stream.ts";
import { finishingCommits } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import type { ProgressBar } from "../output/progress-bar.ts";
import { streamContext } from "../stream/stream-context.ts";
import { streamOptionsOf, streamStorage } from "../stream/stream-flags.ts";
import { printStreamResult } from "../stream/stream-result.ts";
import { StreamTotals } from "../stream/stream-totals.ts";
import { withProgress } from "../watched-run.ts";

/** `ffe stream`: runs until it is stopped, or has read what there was. */
export async function streamRun(name: string | undefined, flags: StreamRunFlags): Promise<number> {
  const options = streamOptionsOf(name, flags);
  const storage = streamStorage(options, flags.storage);
  const opening = { ...flags, ...(storage === undefined ? {} : { storage }), recordedAs: "stream" };
  return withLakehouse(opening, async (lakehouse) => {
    const { lake, deadLetters, clock } = lakehouse;
    const stream = prepareStream(options, streamContext(lakehouse));
    const totals = new StreamTotals(clock.now());
    const metrics = new StreamMetrics(stream.job, clock);
    const { metricsPort: port } = flags;
    await using server =
      port === undefined ? undefined : await serveMetrics(metrics, { host: "127.0.0.1", port });
    await withProgress(flags, async (progress) => {
      progress.note(
        `${stream.job} comes into ${stream.tables.join(", ")} of ${lake.storagePath}. Ctrl-C ends it; the next start goes on exactly there.`,
      );
      if (server !== undefined) progress.note(`${server.url}/metrics answers with its metrics.`);
      await watchedStream(stream, { totals, metrics, progress, clock });
    });
    await printStreamResult({ stream, totals, lake, deadLetters, nowMs: clock.now() }, flags, storage);
    return 0;
  });
}

interface StreamWatchers extends Pick<Lakehouse, "clock"> {
  readonly totals: StreamTotals;
  readonly metrics: StreamMetrics;
  readonly progress: ProgressBar;
}

const lagEveryMs = 5000;

/** Runs a stream, and shows how it goes. */
async function watchedStream(
  stream: PreparedStream,
  { totals, metrics, progress, clock }: StreamWatchers,
): Promise<void> {
  const show = (): void => progress.show(totals.state(clock.now()));
  let topic = "";
  const lookAtLag = async (ended: AbortSignal): Promise<void> => {
    while (!ended.aborted) {
      // The stream itself says when its source cannot be read.
      const lags = await stream.lag().catch(() => undefined);
      if (lags !== undefined) {
        totals.lag = [...lags.values()].reduce((sum, { lag }) => sum + lag, 0);
        // The first batch says what the topic is called.
        if (topic !== "")
          metrics.behind([...lags].map(([partition, { lag }]) => ({ topic, partition, messages: lag })));
        show();
      }
      await clock.sleep(lagEveryMs, ended).catch(() => undefined);
    }
  };
  show();
  await finishingCommits(async (signal) => {
    const ended = new AbortController();
    try {
      const running = stream.run({
        signal,
        onBatch(batch) {
          ({ topic } = batch);
          totals.add(batch);
          metrics.observe(batch);
          for (const warning of batch.warnings) progress.note(warning);
          show();
        },
        tell: (message) => progress.note(message),
      });
      void lookAtLag(ended.signal);
      await running;
    } finally {
      ended.abort();
    }
  }, "Stopping after the batch in hand; once more stops at once.");
}
