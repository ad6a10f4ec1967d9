import {
  abortSignal,
  aFunction,
  capableOf,
  countFromZero,
  dateOrText,
  either,
  flag,
  listOf,
  nonEmptyText,
  oneOf,
  required,
  share,
  someNames,
} from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { calendarSettingsKind } from "../market/market-calendars.ts";
import type { CalendarSettings } from "../market/market-calendars.ts";
import { parseInstant, timeRange, timeRangeKind } from "../market/time-range.ts";
import type { TimeRange } from "../market/time-range.ts";
import { parseTimeframe } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { MarketDataProvider, ProviderName, ProviderRetry } from "../providers/provider.ts";
import { providerChoiceKind, providerNameKind } from "../providers/provider-chain.ts";
import { limitOverridesKind } from "../market/value-limits.ts";
import { customProvidersKind } from "../providers/provider-registry.ts";
import type { CustomProviders } from "../providers/provider-registry.ts";
import type { LimitOverrides } from "../market/value-limits.ts";
import type { ProviderChoice } from "../providers/provider-chain.ts";
import type { Clock } from "../seams/clock.ts";
import type { PartitionPolicy } from "../tables/market-data.ts";
import { assertOptions } from "../bronze/arguments.ts";
import { assetPairKind, readAssetPair } from "../market/asset-argument.ts";
import { gapOptions } from "./gaps/gap-report.ts";
import type { GapRequest } from "./gaps/gap-report.ts";
import { IngestionError } from "../bronze/ingestion-error.ts";
import type { ProviderWait } from "./fetch/patience.ts";
import type { SeriesProgress } from "./fetch/series-ingestion.ts";
import type { SeriesPlan } from "./fetch/series-plan.ts";

export interface BatchDataIngesterOptions {
  /** Where rejected rows go; `data/dlq` when left out. */
  readonly deadLetters?: DeadLetterQueue | undefined;
  /** Makes a provider by name; the ingester closes it after use. Keys come from the environment when left out. */
  readonly createProvider?: ((name: ProviderName) => MarketDataProvider) | undefined;
  /** Which provider to ask when a call names none; `auto`, the fallback chain, when left out. */
  readonly defaultProvider?: ProviderChoice | undefined;
  /** Providers beside the built-in ones, or what loads them; called when one is asked for by a name that is not built in. */
  readonly customProviders?: CustomProviders | undefined;
  /** Which providers `auto` asks, in this order: Alpha Vantage, Coinbase, Oanda when left out. */
  readonly fallbackChain?: readonly ProviderName[] | undefined;
  readonly partitionPolicy?: PartitionPolicy | undefined;
  /** The share of rejected rows, from 0 to 1, beyond which a run has failed; 0.05 when left out. */
  readonly rejectedShareMax?: number | undefined;
  /** Calendars and sessions by asset or pattern, where the symbol does not tell: `{ calendars: { "ES=F": "new_york" } }`. */
  readonly market?: CalendarSettings | undefined;
  /** How long an outage is waited out that no other provider makes good for, in milliseconds; 15 minutes when left out. */
  readonly patienceMs?: number | undefined;
  /** Limits of prices and volumes in place of those that are built in. */
  readonly limits?: LimitOverrides | undefined;
  readonly clock?: Clock | undefined;
  readonly newIngestionId?: (() => string) | undefined;
}

export interface IngestOptions {
  readonly assetPair: string;
  readonly timeframe: string;
  /** A date or an instant, UTC, or a Date; the range is half-open. */
  readonly startDate: string | Date;
  readonly endDate: string | Date;
  readonly provider?: ProviderChoice | undefined;
  /** Fetch the whole range again, whatever is covered; only new or revised bars are appended. */
  readonly force?: boolean | undefined;
  /** Fetch the last so many covered bars again, and append those that were revised; 0 when left out. */
  readonly revisionWindow?: number | undefined;
}

/** How a run is watched and stopped. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once, before the first request. */
  readonly onPlan?: ((plans: readonly SeriesPlan[]) => void) | undefined;
  readonly onProgress?: ((progress: SeriesProgress) => void) | undefined;
  /** Called before each pause of a run that waits for a provider. */
  readonly onWait?: ((wait: ProviderWait) => void) | undefined;
  /** Called before a request that took long in vain is sent again. */
  readonly onRetry?: ((retry: ProviderRetry) => void) | undefined;
}

export interface RepairRequest extends GapRequest, RunOptions {
  /** `auto` when left out: each gap is asked of the provider that the bars beside it came from. */
  readonly provider?: ProviderChoice | undefined;
}

export interface BackfillRequest extends RunOptions {
  /** Such as `"BTCUSD"`, or pairs that are read already. */
  readonly assetPairs: readonly (string | AssetPair)[];
  /** Such as `"1h"`. */
  readonly timeframes: readonly string[];
  /** Half-open; in its place startDate and endDate. */
  readonly range?: TimeRange | undefined;
  /** A date or an instant, UTC, or a Date. */
  readonly startDate?: string | Date | undefined;
  readonly endDate?: string | Date | undefined;
  /** The ingester's default when left out. */
  readonly provider?: ProviderChoice | undefined;
  /** `everything` fetches all that was fetched before again, not only the range. */
  readonly force?: boolean | "everything" | undefined;
  /** In bars, see `IngestOptions`. */
  readonly revisionWindow?: number | undefined;
}

/** A request whose texts are read. */
export interface Backfill extends Pick<BackfillRequest, keyof RunOptions | "force" | "revisionWindow"> {
  readonly assetPairs: readonly AssetPair[];
  readonly timeframes: readonly Timeframe[];
  readonly range: TimeRange;
  readonly provider: ProviderChoice;
}

const runOptions: OptionTable<RunOptions> = {
  signal: abortSignal,
  onPlan: aFunction,
  onProgress: aFunction,
  onWait: aFunction,
  onRetry: aFunction,
};

export const ingesterOptions: OptionTable<BatchDataIngesterOptions> = {
  deadLetters: capableOf('a queue, such as new DeadLetterQueue("data/dlq")', ["write", "read", "replace"]),
  createProvider: aFunction,
  customProviders: customProvidersKind,
  defaultProvider: providerChoiceKind,
  fallbackChain: listOf(providerNameKind, 1),
  partitionPolicy: oneOf("by_timeframe", "day"),
  rejectedShareMax: share,
  market: calendarSettingsKind,
  patienceMs: countFromZero,
  limits: limitOverridesKind,
  clock: capableOf("a clock, such as systemClock", ["now", "sleep"]),
  newIngestionId: aFunction,
};

export const ingestOptions: OptionTable<IngestOptions> = {
  assetPair: required(nonEmptyText),
  timeframe: required(nonEmptyText),
  startDate: required(dateOrText),
  endDate: required(dateOrText),
  provider: providerChoiceKind,
  force: flag,
  revisionWindow: countFromZero,
};

const backfillOptions: OptionTable<BackfillRequest> = {
  assetPairs: required(listOf(assetPairKind, 1)),
  timeframes: required(someNames),
  range: timeRangeKind,
  startDate: dateOrText,
  endDate: dateOrText,
  provider: providerChoiceKind,
  force: either(flag, oneOf("everything")),
  revisionWindow: countFromZero,
  ...runOptions,
};

export const repairOptions: OptionTable<RepairRequest> = {
  ...gapOptions,
  ...runOptions,
  provider: providerChoiceKind,
};

/**
 * Reads the texts of a request.
 *
 * @throws IngestionError `INVALID_ARGUMENT`; MarketError for a text that names no asset, timeframe or instant.
 */
export function readBackfill(
  command: string,
  request: BackfillRequest,
  defaultProvider: ProviderChoice,
): Backfill {
  assertOptions(command, request, backfillOptions);
  const { signal, onPlan, onProgress, onWait, onRetry, force, revisionWindow } = request;
  return {
    signal,
    onPlan,
    onProgress,
    onWait,
    onRetry,
    force,
    revisionWindow,
    assetPairs: request.assetPairs.map(readAssetPair),
    timeframes: request.timeframes.map(parseTimeframe),
    range: rangeOf(command, request),
    provider: request.provider ?? defaultProvider,
  };
}

function rangeOf(command: string, { range, startDate, endDate }: BackfillRequest): TimeRange {
  const isDated = startDate !== undefined || endDate !== undefined;
  if (range !== undefined && isDated)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${command} takes range, or startDate and endDate, not both`,
    );
  if (range !== undefined) return range;
  if (startDate !== undefined && endDate !== undefined)
    return timeRange(instantOf(startDate), instantOf(endDate));
  const missing =
    startDate !== undefined ? "endDate" : endDate !== undefined ? "startDate" : "startDate and endDate";
  throw new IngestionError("INVALID_ARGUMENT", `${command} needs ${missing}`);
}

function instantOf(when: string | Date): number {
  return when instanceof Date ? when.getTime() : parseInstant(when);
}
