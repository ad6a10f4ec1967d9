import { statSync } from "node:fs";

import { MarketCalendars } from "../../market/market-calendars.ts";
import type { ExporterSources, ProviderFacts } from "../../monitoring/exporter/exporter-sources.ts";
import { MetricsExporter } from "../../monitoring/exporter/metrics-exporter.ts";
import type { SourceFailure } from "../../monitoring/exporter/metrics-exporter.ts";
import { serveMetrics } from "../../monitoring/exporter/metrics-server.ts";
import { pushMetrics } from "../../monitoring/exporter/pushgateway.ts";
import { writeTextfile } from "../../monitoring/exporter/textfile.ts";
import { openRunStore } from "../../orchestration/state/run-store.ts";
import { packageVersion } from "../../version.ts";
import type { MetricsServeOptions } from "../grammar/metrics.ts";
import { isStopped, whenStopped } from "../interruption.ts";
import { besideTables } from "../beside-tables.ts";
import { CommandError } from "../command-error.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { say } from "../output/say.ts";
import { statusOf } from "./providers.ts";

/** `ffe metrics serve`: answers until it is stopped. */
export async function metricsServe(options: MetricsServeOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const { lake, config, clock } = lakehouse;
    const exporter = new MetricsExporter({
      lake,
      calendars: new MarketCalendars(config.market),
      sources: sourcesOf(lakehouse, besideTables(options.storage, "state", config.state.path)),
      clock,
      version: packageVersion,
      hasAssetLabel: config.metrics.asset_label === "on",
    });
    if (options.textfile !== undefined) assertFolder(options.textfile);
    const stopped = new AbortController();
    const end = whenStopped(() => stopped.abort());
    await using server = await serveMetrics(exporter, options);
    say(`${server.url}/metrics answers with the metrics of ${lake.storagePath}. Ctrl-C ends it.`);
    const tell = troubleTeller();
    while (!isStopped()) {
      const failures = [...(await exporter.refresh())];
      if (options.textfile !== undefined && !isStopped()) {
        try {
          await writeTextfile(exporter, options.textfile);
        } catch (error) {
          failures.push({ source: "the textfile", error });
        }
      }
      if (options.pushgateway !== undefined && !isStopped()) {
        try {
          await pushMetrics(exporter, options.pushgateway, globalThis.fetch);
        } catch (error) {
          failures.push({ source: "the Pushgateway", error });
        }
      }
      if (!isStopped()) tell(failures);
      // The signal wakes it.
      await clock.sleep(options.interval * 1000, stopped.signal).catch(() => undefined);
    }
    end();
    return 0;
  });
}

/** A folder that is made for a name that was mistyped is one that node_exporter never reads. */
function assertFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new CommandError(
    "INVALID_ARGUMENT",
    `There is no folder ${folder}. Give the one that node_exporter's --collector.textfile.directory names.`,
  );
}

function sourcesOf(
  { deadLetters, providers, config, ledger, clock }: Lakehouse,
  statePath: string,
): ExporterSources {
  return {
    runs() {
      using store = openRunStore(statePath, { readOnly: true });
      return (store?.latestRuns() ?? []).map(({ pipeline, state, startedMs, endedMs }) => ({
        pipeline,
        status: state,
        startedAtMs: startedMs,
        endedAtMs: endedMs,
      }));
    },
    async deadLetters() {
      const rows = new Map<string, number>();
      for await (const { letter } of deadLetters.read(undefined, () => {}))
        rows.set(letter.error, (rows.get(letter.error) ?? 0) + letter.records.length);
      return rows;
    },
    providers: () =>
      providers.all.map((definition): ProviderFacts => {
        const {
          state,
          per_day: perDay,
          used_today: used,
        } = statusOf(definition, config, ledger, clock.now());
        return {
          provider: definition.name,
          isCircuitOpen: state === "open",
          quotaRemaining: typeof perDay === "number" ? Math.max(0, perDay - Number(used)) : undefined,
        };
      }),
  };
}

/** Reports sources that cannot be read once, and again when they change, not at each refresh. */
function troubleTeller(): (failures: readonly SourceFailure[]) => void {
  let last = "";
  return (failures) => {
    const text = failures
      .map(({ source, error }) => `${source}: ${error instanceof Error ? error.message : String(error)}`)
      .join("; ");
    if (text === last) return;
    last = text;
    say(
      text === ""
        ? "Everything can be read again."
        : `Not everything can be read, so the last values stay: ${text}`,
    );
  };
}
