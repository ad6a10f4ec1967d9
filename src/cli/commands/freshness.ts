import { freshnessOf } from "../../market/freshness.ts";
import type { FreshnessStatus } from "../../market/freshness.ts";
import { freshnessThresholds } from "../../config/freshness-thresholds.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { MarketCalendars } from "../../market/market-calendars.ts";
import { newestBarWithinMs, stretchMs, stretchesFrom } from "../../market/newest-due-bar.ts";
import type { BarSchedule } from "../../market/open-bars.ts";
import { formatInstant } from "../../market/time-range.ts";
import { parseTimeframe } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { formatTableName } from "../../storage/table-names.ts";
import { timeframeOfTable } from "../../tables/table-registry.ts";
import type { FreshnessOptions } from "../grammar/freshness.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import type { Paint } from "../output/paint.ts";
import { printList } from "../output/print-list.ts";
import { duration } from "../output/progress-bar.ts";
import { writeOut } from "../output/write-out.ts";
import { whileDoing } from "../watched-run.ts";

/** `ffe freshness`: 1 when a series is stale, or is not there at all. */
export async function freshness(options: FreshnessOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const nowMs = lakehouse.clock.now();
    const found = await whileDoing(`reading ${lakehouse.lake.storagePath}`, options, () =>
      seriesOf(lakehouse, options, nowMs),
    );
    const rows = found.map(({ assetPair, timeframe, newestMs, schedule }) => {
      const thresholds = freshnessThresholds(lakehouse.config, timeframe);
      const { status, expectedMs, lateSeconds } = freshnessOf(schedule, newestMs, nowMs, thresholds);
      return {
        asset_pair: assetPair.canonical,
        timeframe,
        status,
        newest_bar: newestMs === undefined ? null : formatInstant(newestMs),
        expected_bar: expectedMs === undefined ? null : formatInstant(expectedMs),
        late_seconds: lateSeconds,
        warn_after_seconds: thresholds.warnAfterSeconds,
        error_after_seconds: thresholds.errorAfterSeconds,
      };
    });
    const failed = rows.filter(({ status }) => status === "stale" || status === "missing");
    if (options.json === true) await printList([], rows, true);
    else await print(rows, options, lakehouse);
    return failed.length > 0 ? 1 : 0;
  });
}

interface Series {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  readonly newestMs: number | undefined;
  readonly schedule: BarSchedule;
}

/** The series that are stored, and those that the configuration or the command expects. */
async function seriesOf(
  { lake, config }: Lakehouse,
  options: FreshnessOptions,
  nowMs: number,
): Promise<Series[]> {
  const wantedTimeframes = options.timeframes?.map(parseTimeframe);
  const wantedAssets = options.assets?.map((text) => AssetPair.parse(text).canonical);
  const calendars = new MarketCalendars(config.market);
  const series = new Map<string, Series>();
  const add = (one: Series): void => {
    const key = `${one.assetPair.canonical} ${one.timeframe}`;
    const isWanted =
      (wantedTimeframes?.includes(one.timeframe) ?? true) &&
      (wantedAssets?.includes(one.assetPair.canonical) ?? true);
    if (isWanted && !series.has(key)) series.set(key, one);
  };
  for (const name of await lake.listTables()) {
    const timeframe = timeframeOfTable(name.name);
    if (timeframe === undefined) continue;
    for (const { asset_pair: asset, newest, stretches } of await newestBars(
      lake,
      formatTableName(name),
      nowMs,
    )) {
      if (!(newest instanceof Date)) continue;
      const assetPair = AssetPair.parse(String(asset));
      // The bars of a stock show which trading hours they cover.
      const schedule = calendars.scheduleSeen(assetPair, timeframe, stretchesFrom(stretches, timeframe));
      add({ assetPair, timeframe, newestMs: newest.getTime(), schedule });
    }
  }
  for (const asset of options.assets ?? config.ingestion.assets)
    for (const timeframe of wantedTimeframes ?? config.ingestion.timeframes) {
      const assetPair = AssetPair.parse(asset);
      add({
        assetPair,
        timeframe,
        newestMs: undefined,
        schedule: calendars.scheduleOf(assetPair, timeframe),
      });
    }
  return [...series.values()];
}

/** Made-up bars count only for an asset that has no others. */
async function newestBars(
  lake: Lakehouse["lake"],
  table: string,
  nowMs: number,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const result = await lake.query(
    `SELECT asset_pair, coalesce(max(timestamp) FILTER (WHERE NOT is_mock), max(timestamp)) AS newest,
       list(DISTINCT epoch_ms(timestamp) // ${stretchMs}) FILTER (epoch_ms(timestamp) >= ${nowMs - newestBarWithinMs}) AS stretches
     FROM ${table} GROUP BY asset_pair ORDER BY asset_pair`,
  );
  return result.rows();
}

interface FreshnessRow extends Readonly<Record<string, unknown>> {
  readonly status: FreshnessStatus;
  readonly late_seconds: number;
}

/** `6 series: 4 fresh, 1 late, 1 stale.` */
function statusSentence(rows: readonly FreshnessRow[]): string {
  const counts = [...statusColors.keys()].flatMap((status) => {
    const found = rows.filter((row) => row.status === status).length;
    return found === 0 ? [] : [`${found} ${status}`];
  });
  return `${rows.length} series: ${counts.join(", ")}.`;
}

async function print(
  rows: readonly FreshnessRow[],
  options: FreshnessOptions,
  { lake }: Lakehouse,
): Promise<void> {
  if (rows.length === 0) {
    await writeOut(`There are no series in ${lake.storagePath} yet. Try: npx ffe backfill --help\n`);
    return;
  }
  await writeOut(`${statusSentence(rows)}\n\n`);
  const columns = ["asset_pair", "timeframe", "status", "late", "newest_bar", "expected_bar"];
  const shown = rows.map((row) => ({
    ...row,
    late: row.late_seconds === 0 ? "" : duration(row.late_seconds * 1000),
  }));
  await printList(columns, shown, false, {
    showsEveryColumn: options.columns,
    showsAll: "--columns shows them",
    optional: ["newest_bar", "expected_bar"],
    colors: new Map([["status", (status) => statusColors.get(String(status))]]),
  });
}

const statusColors: ReadonlyMap<string, Paint> = new Map<FreshnessStatus, Paint>([
  ["fresh", "green"],
  ["late", "yellow"],
  ["stale", "red"],
  ["missing", "red"],
  ["unknown", "dim"],
]);
