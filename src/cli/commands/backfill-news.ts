import { randomUUID } from "node:crypto";

import { backfillNews, planNews } from "../../batch/news/backfill-news.ts";
import type { NewsOutcome } from "../../batch/news/backfill-news.ts";
import { rejectionGate } from "../../bronze/rejection-gate.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { sectionOf } from "../../config/providers-schema.ts";
import { AssetPair, kindNames } from "../../market/asset-pair.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { newsTicker } from "../../providers/alpha-vantage/alpha-vantage-functions.ts";
import { openProvider } from "../../providers/create-provider.ts";
import { hasNews } from "../../providers/news.ts";
import { ProviderError } from "../../providers/provider-error.ts";
import type { MarketDataProvider } from "../../providers/provider.ts";
import { toRange } from "../backfill/request.ts";
import { describeError, errorJson, sayReport } from "../error-report.ts";
import type { BackfillOptions } from "../grammar/backfill.ts";
import { configuredSuite, gatesJson, gateTables, printGates } from "../ingestion-gate.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { countText } from "../output/count-text.ts";
import { duration } from "../output/progress-bar.ts";
import { renderTable } from "../output/terminal-table.ts";
import { writeOut } from "../output/write-out.ts";
import { watched } from "../watched-run.ts";

const providerName = "alpha_vantage";

/** `ffe backfill --news` */
export async function backfillNewsOf(options: BackfillOptions): Promise<number> {
  return withLakehouse({ ...options, recordedAs: "backfill --news" }, async (lakehouse) => {
    const { lake, deadLetters, clock, config } = lakehouse;
    const tickers = tickersOf(options, lakehouse);
    const range = toRange(options, config.ingestion.start, clock.now());
    const force = options.force ?? false;
    if (options.dryRun === true) return showPlan(lakehouse, tickers, range, options);
    const suite = configuredSuite(lakehouse, options.validate);
    const startedMs = clock.now();
    const ingestionId = randomUUID();
    const provider = openAlphaVantage(lakehouse);
    if (!hasNews(provider)) throw new TypeError(`${providerName} has no news`);
    const outcomes = await watched(options, async (progress, signal) => {
      try {
        return await backfillNews(
          {
            tickers,
            range,
            force,
            signal,
            onProgress: (ticker, requests, articles) =>
              progress.show({
                unit: "tickers",
                done: tickers.indexOf(ticker),
                total: tickers.length,
                rowsChecked: articles,
                doing: `asking Alpha Vantage for news of ${ticker}, request ${requests + 1}`,
              }),
            onRetry: ({ reason, pauseMs }) =>
              progress.note(`${reason} Trying again in ${duration(pauseMs)}.`, "waiting"),
          },
          provider,
          { lake, deadLetters, clock, ingestionId },
        );
      } finally {
        await provider.close();
      }
    });
    const gate = rejectionGate(outcomes.map(counted), config.dead_letter_queue.max_rejected_share);
    const failures = outcomes.flatMap(({ failure }) =>
      failure === undefined ? [] : [describeError(failure)],
    );
    if (options.json !== true)
      await printOutcomes(outcomes, `in ${duration(clock.now() - startedMs)}`, deadLetters.path);
    const added = outcomes.some((outcome) => outcome.added > 0);
    const gates = await gateTables(lakehouse, added ? ["raw_news_sentiment"] : [], suite);
    const isOpen = gate.passed && gates.every(({ passed }) => passed);
    if (options.json === true) {
      const json = {
        ingestion_id: ingestionId,
        tickers: outcomes.map(outcomeJson),
        reasons: gate.reasons,
        gate_passed: isOpen,
        quality: gatesJson(gates),
      };
      await writeOut(`${JSON.stringify(json, null, 2)}\n`);
    }
    await printGates(gates, lakehouse, options.json === true);
    const [first] = failures;
    if (first !== undefined && options.json !== true)
      sayReport({
        ...first,
        message: `${first.message} Earlier articles are kept. The same command continues from there.`,
      });
    if (first === undefined) return isOpen ? 0 : 1;
    return failures.every(({ exitCode }) => exitCode === 2) ? 2 : 1;
  });
}

/** @throws ProviderError `MISSING_CREDENTIALS`, without the advice to take another provider. */
function openAlphaVantage({ providers, ledger, config }: Lakehouse): MarketDataProvider {
  try {
    return openProvider(providers.get(providerName), {
      ledger,
      settings: sectionOf(config.providers, providerName),
    });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== "MISSING_CREDENTIALS") throw error;
    const { code, provider, message, transient } = error;
    const nextStep = "Set it to your key, which may be a free one: news comes from Alpha Vantage alone.";
    throw new ProviderError({ code, provider, message, nextStep, transient, cause: error });
  }
}

/** @throws IngestionError `INVALID_ARGUMENT` */
function tickersOf(options: BackfillOptions, { config }: Lakehouse): readonly string[] {
  if (
    options.timeframes !== undefined ||
    options.revisionWindow !== undefined ||
    options.fullRefresh === true
  )
    throw new IngestionError(
      "INVALID_ARGUMENT",
      "News has no bars: --news goes without --timeframes, --revision-window and --full-refresh",
    );
  if (options.provider !== undefined && options.provider.replaceAll("-", "_") !== "alpha_vantage")
    throw new IngestionError("INVALID_ARGUMENT", "News comes from alpha_vantage alone: leave --provider out");
  const assets = options.assets ?? config.ingestion.assets;
  if (assets.length === 0)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      "Say what the news is to be about: --assets BTCUSD,EURUSD,MSFT, or ingestion.assets in the configuration",
    );
  const tickers = assets.map((text) => {
    const pair = AssetPair.parse(text);
    const ticker = newsTicker(pair);
    if (ticker !== undefined) return ticker;
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `Alpha Vantage has no news of ${pair.canonical}: it has none of ${kindNames[pair.kind]}, or knows no suffix of its exchange`,
    );
  });
  return [...new Set(tickers)];
}

async function showPlan(
  { lake }: Lakehouse,
  tickers: readonly string[],
  range: TimeRange,
  { force = false, json }: BackfillOptions,
): Promise<number> {
  const plans = await planNews({ tickers, range, force }, lake);
  const rows = plans.flatMap(({ ticker, ranges }) =>
    ranges.length === 0
      ? [{ ticker, start: "(nothing to fetch)", end: "" }]
      : ranges.map(({ startMs, endMs }) => ({
          ticker,
          start: formatInstant(startMs),
          end: formatInstant(endMs),
        })),
  );
  const requests = plans.reduce((sum, { ranges }) => sum + ranges.length, 0);
  if (json === true) {
    const document = { dry_run: true, requests_min: requests, ranges: rows };
    await writeOut(`${JSON.stringify(document, null, 2)}\n`);
    return 0;
  }
  await writeOut(
    `A dry run: nothing was fetched or written. At least ${countText(requests, "request")}, one more for each thousand articles.\n\n${renderTable(["ticker", "start", "end"], rows)}`,
  );
  return 0;
}

function counted({
  added,
  alreadyThere,
  rejected,
  reasons,
}: NewsOutcome): Parameters<typeof rejectionGate>[0][number] {
  return { rowsIngested: added, rowsUnchanged: alreadyThere, rowsRejected: rejected, reasons };
}

function outcomeJson(outcome: NewsOutcome): Readonly<Record<string, unknown>> {
  const { ticker, requests, added, alreadyThere, rejected, tableVersion, failure } = outcome;
  return {
    ticker,
    requests,
    added,
    already_there: alreadyThere,
    rejected,
    table_version: tableVersion ?? null,
    error: failure === undefined ? null : errorJson(describeError(failure)),
  };
}

async function printOutcomes(
  outcomes: readonly NewsOutcome[],
  took: string,
  deadLetterPath: string,
): Promise<void> {
  const sum = (measure: (outcome: NewsOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + measure(outcome), 0);
  const rejected = sum((outcome) => outcome.rejected);
  const kept = rejected === 0 ? "" : `; ${countText(rejected, "row")} rejected, kept in ${deadLetterPath}`;
  await writeOut(
    `${countText(
      sum(({ added }) => added),
      "row",
    )} added to raw_news_sentiment ${took}${kept}\n\n`,
  );
  const rows = outcomes.map(({ ticker, requests, added, alreadyThere, rejected: out }) => ({
    ticker,
    requests,
    added,
    "already there": alreadyThere,
    rejected: out,
  }));
  await writeOut(renderTable(["ticker", "requests", "added", "already there", "rejected"], rows));
}
