import * as z from "zod";

import { AssetPair } from "../../market/asset-pair.ts";
import { dayMs } from "../../market/durations.ts";
import { parseTimeframe, timeframeMs } from "../../market/timeframe.ts";
import { metrics } from "../../monitoring/metrics/definitions.ts";
import { missingCredentials } from "../../providers/create-provider.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";

/** A backfill is slow that takes longer than this for a week of bars. */
const slowSecondsPerWeek = 600;
const windowDays = 7;

/** What a backfill noted in `ops.pipeline_metrics`. */
interface Backfill {
  readonly seconds: number;
  readonly bars: readonly { readonly labels: BarLabels; readonly rows: number }[];
  readonly errors: readonly { readonly labels: ErrorLabels; readonly count: number }[];
}

const barLabels = z.object({ asset_pair: z.string(), timeframe: z.string(), provider: z.string() });
type BarLabels = z.infer<typeof barLabels>;
const errorLabels = z.object({ error_type: z.string(), provider: z.string() });
type ErrorLabels = z.infer<typeof errorLabels>;

/** How long the newest backfill took that asked a provider. */
export const ingestionCheck: Check = {
  area: "ingestion",
  async examine(installation) {
    const backfill = await newestBackfill(installation);
    if (backfill === undefined || backfill.seconds <= slowSecondsPerWeek) return [];
    const days = Math.max(0, ...backfill.bars.map(daysOf));
    const perWeek = days === 0 ? backfill.seconds : (backfill.seconds * 7) / days;
    return perWeek <= slowSecondsPerWeek ? [] : [slowFinding(backfill, days, installation)];
  },
};

async function newestBackfill({ parts, nowMs }: Installation): Promise<Backfill | undefined> {
  if (!(await parts.lake.table("ops.pipeline_metrics").exists())) return undefined;
  const sinceUs = (nowMs - windowDays * dayMs) * 1000;
  const answer = await parts.lake.query(
    `SELECT metric, labels, value, duration_seconds FROM ops.pipeline_metrics
     WHERE recording_id = (
       SELECT arg_max(recording_id, ended_at) FROM ops.pipeline_metrics
       WHERE command = 'backfill' AND metric = '${metrics.ingestionDuration.name}'
         AND ended_at >= make_timestamp(${sinceUs}))`,
  );
  const rows = await answer.rows();
  const of = (metric: string): readonly { readonly labels: unknown; readonly value: number }[] =>
    rows
      .filter((row) => row["metric"] === metric)
      .map((row) => ({ labels: JSON.parse(String(row["labels"])), value: Number(row["value"]) }));
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    seconds: Number(first["duration_seconds"]),
    bars: of(metrics.ingestionRecords.name).flatMap(({ labels, value }) => {
      const read = barLabels.safeParse(labels);
      return read.success ? [{ labels: read.data, rows: value }] : [];
    }),
    errors: of(metrics.ingestionErrors.name).flatMap(({ labels, value }) => {
      const read = errorLabels.safeParse(labels);
      return read.success ? [{ labels: read.data, count: value }] : [];
    }),
  };
}

/** The days that bars stand for, by the hours in which their market is open in a week. */
function daysOf({ labels, rows }: Backfill["bars"][number]): number {
  const stepMs = timeframeMs(parseTimeframe(labels.timeframe));
  const { kind } = AssetPair.parse(labels.asset_pair);
  const openDays = kind === "crypto" || kind === "crypto_contract" ? 7 : 5;
  const openHours = kind === "stock" && stepMs < dayMs ? 6.5 : 24;
  return (rows * stepMs * 7 * 24) / (openDays * openHours) / dayMs;
}

function slowFinding({ seconds, bars, errors }: Backfill, days: number, installation: Installation): Finding {
  const causes = errors
    .filter(({ labels }) => labels.error_type !== "row_check")
    .toSorted((left, right) => right.count - left.count)
    .map(({ labels, count }) => `${count} ${labels.error_type} of ${labels.provider}`);
  const others = otherProviders(bars, installation);
  const assets = [...new Set(bars.map(({ labels }) => labels.asset_pair))];
  const timeframes = [...new Set(bars.map(({ labels }) => labels.timeframe))];
  const again =
    assets.length === 0
      ? []
      : others
          .slice(0, 1)
          .map((name) =>
            installation.ffe(
              "backfill",
              "--assets",
              assets.join(","),
              "--timeframes",
              timeframes.join(","),
              "--provider",
              name,
            ),
          );
  return {
    severity: "warning",
    subject: "backfill",
    found: `The newest one took ${minutesText(seconds)} for ${days.toFixed(1)} days of bars; more than 10 minutes for 7 days is slow. ${causes.length > 0 ? `Failed requests: ${causes.slice(0, 3).join(", ")}.` : "No request failed: the pace of the provider's plan is the limit."}`,
    meaning:
      "Providers limit how many requests they answer. A larger plan (providers.alpha_vantage.plan), another provider, or a run at night is faster.",
    commands: [installation.ffe("providers", "status"), ...again],
  };
}

/** Providers of real bars that have all of the assets, and whose keys are set. */
function otherProviders(bars: Backfill["bars"], { parts }: Installation): readonly string[] {
  const asked = new Set(bars.map(({ labels }) => labels.provider));
  const kinds = new Set(bars.map(({ labels }) => AssetPair.parse(labels.asset_pair).kind));
  return parts
    .providers()
    .filter(
      (one) =>
        one.isMock !== true &&
        !asked.has(one.name) &&
        [...kinds].every((kind) => one.assetKinds.includes(kind)) &&
        missingCredentials(one, parts.environment).length === 0,
    )
    .map(({ name }) => name);
}

function minutesText(seconds: number): string {
  return `${(seconds / 60).toFixed(1)} minutes`;
}
