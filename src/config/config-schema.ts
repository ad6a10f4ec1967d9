import * as z from "zod";

import { sessionNames } from "../market/calendars/exchange-calendar.ts";
import type { SessionName } from "../market/calendars/exchange-calendar.ts";
import { calendarNames } from "../market/market-calendars.ts";
import type { CalendarName } from "../market/market-calendars.ts";
import { durationPattern, durationSeconds } from "../market/duration-text.ts";
import { AssetPair } from "../market/asset-pair.ts";
import { parseInstant } from "../market/time-range.ts";
import type { PartitionPolicy } from "../tables/market-data.ts";
import { alertsSchema } from "../orchestration/alerts/alerts-schema.ts";
import type { AlertsConfig } from "../orchestration/alerts/alerts-schema.ts";
import { builtInPipelines } from "../orchestration/definition/built-in-pipelines.ts";
import { pipelinesSchema } from "../orchestration/definition/pipeline-schema.ts";
import { providersSchema } from "./providers-schema.ts";
import type { ProvidersConfig } from "./providers-schema.ts";
import { streamsSchema } from "./streams-schema.ts";
import type { StreamConfig } from "./streams-schema.ts";
import { symbolSpellings } from "./symbol-spellings.ts";
import type { SymbolSpellings } from "./symbol-spellings.ts";
import { limitRecord, priceLimitsProblem, volumeLimitProblem } from "./limit-overrides.ts";

/** Timeframes that have a table, finest first. */
const storedTimeframes = ["1m", "5m", "15m", "1h", "4h", "1d"] as const;
export type StoredTimeframe = (typeof storedTimeframes)[number];

/** The configuration after defaults, under the keys of the file. */
export interface Config {
  readonly delta_lake: {
    readonly storage_path: string;
    /** `by_timeframe`: days for 1m, months for 5m to 1h, years for 4h and 1d; `day`: days for all. */
    readonly partition_granularity: PartitionPolicy;
  };
  readonly dead_letter_queue: {
    readonly path: string;
    /** The share of rejected rows beyond which a run fails. */
    readonly max_rejected_share: number;
  };
  readonly data_quality: {
    /** Whether a backfill validates the rows that it added by the suite. */
    readonly validate_ingestion: boolean;
    /** The name of a built-in suite, or a file. */
    readonly suite: string;
    /** The folder of Data Docs; beside the lake when left out. */
    readonly data_docs_path?: string | undefined;
  };
  readonly providers: ProvidersConfig;
  /** Unusual spellings of assets, by provider and asset: `coinbase`, then `LUNCUSD`, then `LUNA-USD`. */
  readonly symbols: SymbolSpellings;
  /** The folder of what is no data: used quotas, how providers were doing, runs of pipelines and their logs. */
  readonly state: { readonly path: string };
  readonly retry: {
    /** How long a run waits in all while no provider can serve, such as `15m`; 0 for scripts. */
    readonly patience: string | 0;
  };
  readonly ingestion: {
    /** The assets of a backfill without `--assets`, and those that `ffe freshness` expects. */
    readonly assets: readonly string[];
    readonly timeframes: readonly StoredTimeframe[];
    /** The start of a backfill without `--start` and `--days`. */
    readonly start?: string | undefined;
    /** Bars behind the watermark that each run fetches again, to see revisions. */
    readonly revision_window: number;
    /** The smallest and largest price, by asset pair or by the currency of the price, in place of the built-in limits. */
    readonly price_limits: Readonly<Record<string, unknown>>;
    /** The largest volume, in the same way. */
    readonly volume_limits: Readonly<Record<string, unknown>>;
  };
  /** What an asset's symbol does not say, by asset or by a pattern such as `*.L`; the most exact one counts. */
  readonly market: {
    /** The calendar of its market. */
    readonly calendars: Readonly<Record<string, CalendarName>>;
    /** The hours of a stock's bars; found from its bars when left out. */
    readonly sessions: Readonly<Record<string, SessionName>>;
  };
  /** How late a bar may be, counted from its end while its market is open. */
  readonly freshness: LatenessLimits & {
    readonly timeframes?: Readonly<Partial<Record<StoredTimeframe, OwnLimits>>> | undefined;
  };
  /** Pipelines of your own by name, and what is different of a built-in one. */
  readonly pipelines: Readonly<Record<string, unknown>>;
  /** Streams by their names: what `ffe stream NAME` reads. */
  readonly streams: Readonly<Record<string, StreamConfig>>;
  readonly orchestration: {
    /** Modules with pipelines of your own; `loadConfig` makes their paths absolute. */
    readonly modules: readonly string[];
  };
  /** Who is told of runs that fail or are late. Addresses that are secrets come from the environment. */
  readonly alerts: AlertsConfig;
  /** Where events of OpenLineage go; nowhere without a file and an address. */
  readonly lineage: {
    readonly namespace?: string | undefined;
    readonly file?: string | undefined;
    readonly url?: string | undefined;
  };
  readonly metrics: {
    /** Whether commands note what they counted in `ops.pipeline_metrics`. */
    readonly record: boolean;
    /** `off`: `ffe metrics serve` adds the series of all assets up, for lakes with hundreds of them. */
    readonly asset_label: "on" | "off";
    /** Where `ffe dashboards publish` finds Grafana. */
    readonly grafana_url?: string | undefined;
  };
  readonly engine: {
    /** Such as `4GB`; the engine's own default when left out. */
    readonly memory_limit?: string | undefined;
    readonly threads?: number | undefined;
  };
}

export interface LatenessLimits {
  /** Such as `15m`, `2h` or `1d`. */
  readonly warn_after: string;
  readonly error_after: string;
}

/** The thresholds of one timeframe. */
export type OwnLimits = { readonly [Limit in keyof LatenessLimits]?: LatenessLimits[Limit] | undefined };

/** A choice for each of some assets. An asset may have any name. */
function choiceByAsset<Name extends string>(names: readonly Name[]): z.ZodCustom<Record<string, Name>> {
  return z.custom<Record<string, Name>>(
    (value) =>
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((choice) => names.some((name) => name === choice)),
    `expected assets or patterns, each with one of ${names.join(", ")}`,
  );
}

const duration = z.string().regex(durationPattern, "expected a duration such as 15m, 2h or 1d");
const latenessLimits = z.strictObject({ warn_after: duration, error_after: duration });

/** A text that a function can read. The error that it throws is the message. */
function readable(read: (text: string) => unknown): z.ZodString {
  return z.string().check((context) => {
    try {
      read(context.value);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.issues.push({ code: "custom", message, input: context.value });
    }
  });
}

/** Every key that a file may have, with its default. No other place defines them. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  delta_lake: z
    .strictObject({
      storage_path: z.string().min(1).default("data/delta_lake"),
      partition_granularity: z.enum(["by_timeframe", "day"]).default("by_timeframe"),
    })
    .prefault({}),
  dead_letter_queue: z
    .strictObject({
      path: z.string().min(1).default("data/dlq"),
      max_rejected_share: z.number().min(0).max(1).default(0.05),
    })
    .prefault({}),
  providers: providersSchema.prefault({}),
  data_quality: z
    .strictObject({
      validate_ingestion: z.boolean().default(true),
      suite: z.string().min(1).default("market_data_quality"),
      data_docs_path: z.string().min(1).optional(),
    })
    .prefault({}),
  retry: z
    .strictObject({
      patience: z
        .union([duration, z.literal([0, "0"])], "expected a duration such as 15m, 2h or 1d, or 0")
        .default("15m"),
    })
    .prefault({}),
  symbols: symbolSpellings.default({}),
  state: z.strictObject({ path: z.string().min(1).default("data/state") }).prefault({}),
  market: z
    .strictObject({
      calendars: choiceByAsset(calendarNames).default({}),
      sessions: choiceByAsset(sessionNames).default({}),
    })
    .prefault({}),
  ingestion: z
    .strictObject({
      assets: z.array(readable((text) => AssetPair.parse(text))).default([]),
      timeframes: z
        .array(z.enum(storedTimeframes))
        .min(1)
        .default([...storedTimeframes]),
      start: readable(parseInstant).optional(),
      revision_window: z.int().min(0).max(10_000).default(0),
      price_limits: limitRecord(priceLimitsProblem).default({}),
      volume_limits: limitRecord(volumeLimitProblem).default({}),
    })
    .prefault({}),
  freshness: z
    .strictObject({
      warn_after: duration.default("5m"),
      error_after: duration.default("1h"),
      timeframes: z.partialRecord(z.enum(storedTimeframes), latenessLimits.partial()).optional(),
    })
    .superRefine((freshness, context) => {
      const own = Object.entries(freshness.timeframes ?? {});
      for (const [timeframe, limits] of [[undefined, freshness] as const, ...own]) {
        const warn = durationSeconds(limits?.warn_after ?? freshness.warn_after) ?? 0;
        const error = durationSeconds(limits?.error_after ?? freshness.error_after) ?? 0;
        if (warn <= error) continue;
        const path = timeframe === undefined ? ["warn_after"] : ["timeframes", timeframe];
        context.addIssue({ code: "custom", path, message: "warn_after is longer than error_after" });
      }
    })
    .prefault({}),
  pipelines: pipelinesSchema(builtInPipelines).prefault({}),
  streams: streamsSchema.default({}),
  orchestration: z.strictObject({ modules: z.array(z.string().min(1)).default([]) }).prefault({}),
  alerts: alertsSchema.prefault({}),
  lineage: z
    .strictObject({
      namespace: z.string().min(1).optional(),
      file: z.string().min(1).optional(),
      url: z
        .url({ protocol: /^https?$/ })
        .refine((text) => URL.canParse(text) && new URL(text).username === "", "holds a name and a password")
        .optional(),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      record: z.boolean().default(true),
      asset_label: z.enum(["on", "off"]).default("on"),
      grafana_url: z.url({ protocol: /^https?$/ }).optional(),
    })
    .prefault({}),
  engine: z
    .strictObject({
      memory_limit: z
        .string()
        .regex(/^\d+(\.\d+)?\s*([KMGT]i?B)$/, "expected a size such as 4GB")
        .optional(),
      threads: z.int().min(1).optional(),
    })
    .prefault({}),
});
