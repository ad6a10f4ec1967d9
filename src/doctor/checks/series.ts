import { AssetPair } from "../../market/asset-pair.ts";
import { MarketCalendars } from "../../market/market-calendars.ts";
import { dayMs } from "../../market/durations.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { nextDueMsOf } from "../../monitoring/next-due.ts";
import { timeframeOfTable } from "../../tables/table-registry.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";
import { barsOf } from "../lost-bars.ts";

/** As in the alert SeriesStale: a daily run, and two hours for it. */
const staleAfterMs = (26 / 24) * dayMs;
const namesShown = 5;

interface Series {
  readonly assetPair: string;
  readonly timeframe: Timeframe;
  readonly lastMs: number;
  /** `undefined` where the newest file has bars of several. */
  readonly provider: string | undefined;
}

/** The newest bar of each series, by the statistics in the logs, against the hours of its market. */
export const seriesCheck: Check = {
  area: "series",
  async examine(installation) {
    const { series, filesWithout } = await newestOfEach(installation);
    const calendars = new MarketCalendars(installation.parts.config.market);
    const stale = series.filter((one) => {
      const dueMs = nextDueMsOf(calendars, { ...one, latestMs: one.lastMs });
      return dueMs !== undefined && installation.nowMs - dueMs > staleAfterMs;
    });
    const byProvider = Map.groupBy(stale, ({ provider }) => provider);
    return [
      ...Array.from(byProvider, ([provider, some]) => staleFinding(provider, some, installation)),
      ...missingFindings(series, installation),
      ...(filesWithout === 0 ? [] : [withoutStatistics(filesWithout, installation)]),
    ];
  },
};

async function newestOfEach(
  installation: Installation,
): Promise<{ readonly series: readonly Series[]; readonly filesWithout: number }> {
  const newest = new Map<string, Series>();
  let filesWithout = 0;
  for (const { place, inspection } of await installation.readableTables()) {
    const timeframe = place.layer === "bronze" ? timeframeOfTable(place.name) : undefined;
    if (timeframe === undefined) continue;
    for (const file of inspection.snapshot.files) {
      const bars = barsOf(file);
      if (bars === undefined) {
        filesWithout += 1;
        continue;
      }
      const { assetPair, lastMs, providers } = bars;
      const key = `${assetPair} ${timeframe}`;
      if ((newest.get(key)?.lastMs ?? Number.NEGATIVE_INFINITY) >= lastMs) continue;
      const [provider] = providers;
      newest.set(key, {
        assetPair,
        timeframe,
        lastMs,
        provider: providers.length === 1 ? provider : undefined,
      });
    }
  }
  return { series: [...newest.values()], filesWithout };
}

function staleFinding(
  provider: string | undefined,
  series: readonly Series[],
  installation: Installation,
): Finding {
  const definition = installation.parts.providers().find(({ name }) => name === provider);
  const oldest = series.toSorted((left, right) => left.lastMs - right.lastMs)[0];
  return {
    severity: definition?.isMock === true ? "info" : "warning",
    subject: namesOf(series),
    found: `The next bar has been complete for more than 26 hours; the oldest newest bar is ${oldest === undefined ? "unknown" : `that of ${oldest.assetPair} ${oldest.timeframe}, of ${formatInstant(oldest.lastMs)}`}.`,
    meaning:
      definition?.isMock === true
        ? "These bars are made up; nobody trades on them."
        : "Whoever reads these series now decides on old prices.",
    commands: [backfillOf(series, definition?.name, installation)],
  };
}

/** The series that the configuration names and no table has. */
function missingFindings(stored: readonly Series[], installation: Installation): readonly Finding[] {
  const { config, onlyTable } = installation.parts;
  if (onlyTable !== undefined) return [];
  const known = new Set(stored.map(({ assetPair, timeframe }) => `${assetPair} ${timeframe}`));
  const missing = config.ingestion.assets.flatMap((asset) =>
    config.ingestion.timeframes.flatMap((timeframe) =>
      known.has(`${AssetPair.parse(asset).canonical} ${timeframe}`)
        ? []
        : [{ assetPair: AssetPair.parse(asset).canonical, timeframe }],
    ),
  );
  if (missing.length === 0) return [];
  return [
    {
      severity: "warning",
      subject: namesOf(missing),
      found: "There are no bars, although ingestion.assets and ingestion.timeframes name them.",
      meaning: "They were never fetched, or no provider has them.",
      commands: [backfillOf(missing, undefined, installation)],
    },
  ];
}

function withoutStatistics(files: number, installation: Installation): Finding {
  return {
    severity: "info",
    subject: "bars",
    found: `${files} data ${files === 1 ? "file has" : "files have"} no statistics in the log: another program wrote ${files === 1 ? "it" : "them"}.`,
    meaning: "Whether their series are stale was not looked at here.",
    commands: [installation.ffe("freshness")],
  };
}

type Named = Pick<Series, "assetPair" | "timeframe">;

function backfillOf(
  series: readonly Named[],
  provider: string | undefined,
  installation: Installation,
): string {
  const assets = [...new Set(series.map(({ assetPair }) => assetPair))].toSorted();
  const timeframes = [...new Set(series.map(({ timeframe }) => timeframe))];
  const from = provider === undefined ? [] : ["--provider", provider];
  return installation.ffe(
    "backfill",
    "--assets",
    assets.join(","),
    "--timeframes",
    timeframes.join(","),
    ...from,
  );
}

function namesOf(series: readonly Named[]): string {
  const names = series.map(({ assetPair, timeframe }) => `${assetPair} ${timeframe}`).toSorted();
  const more = names.length - namesShown;
  return `${names.slice(0, namesShown).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
