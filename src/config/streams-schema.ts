import * as z from "zod";

import { AssetPair } from "../market/asset-pair.ts";
import { byteSize, intervalMs, speedFactor } from "./texts-of-amounts.ts";

/** The ways to log in to Kafka; names and passwords come from the environment. */
const logins = ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer", "msk-iam"] as const;

/** A stream of the configuration: what it reads, and how. Its name is its key. */
export interface StreamConfig {
  /** `demo`, `file:trades.ndjson`. */
  readonly source: string;
  readonly assets?: readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly time_unit?: "s" | "ms" | "us" | "ns" | undefined;
  /** Such as `5s` or `500ms`. */
  readonly interval?: string | undefined;
  readonly max_rows?: number | undefined;
  /** Bytes, or a text such as `64MB`. */
  readonly max_bytes?: number | string | undefined;
  readonly max_rejected_share?: number | undefined;
  /** `earliest`, `latest`, an instant, or `offsets=0:1200,1:1300`. */
  readonly start?: string | undefined;
  readonly on_gap?: "fail" | "skip" | undefined;
  readonly until_now?: boolean | undefined;
  readonly follow?: boolean | undefined;
  /** A factor, or a text such as `60x`. */
  readonly speed?: number | string | undefined;
  readonly brokers?: readonly string[] | undefined;
  readonly topic?: string | undefined;
  readonly group?: boolean | undefined;
  readonly member?: string | undefined;
  readonly tls?: boolean | undefined;
  readonly tls_ca?: string | undefined;
  readonly tls_cert?: string | undefined;
  readonly tls_key?: string | undefined;
  readonly login?: (typeof logins)[number] | undefined;
  readonly wait?: boolean | undefined;
  /** Such as `30s`. */
  readonly connect_timeout?: string | undefined;
  readonly metadata_max_age?: string | undefined;
  readonly seed?: number | undefined;
  readonly feed?: "exchange" | "advanced" | undefined;
}

/** The commands of `ffe stream`: no stream can have such a name. */
const takenNames: ReadonlySet<string> = new Set([
  "status",
  "lag",
  "gaps",
  "offsets",
  "reconcile",
  "run",
  "help",
]);

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

const sizeExpected = "expected a size such as 64MB";
const speedExpected = "expected a factor such as 60x";

const interval = z
  .string()
  .refine((text) => intervalMs(text) !== undefined, "expected a duration such as 5s or 500ms");

const streamSchema: z.ZodType<StreamConfig> = z.strictObject({
  source: z.string().min(1),
  assets: z.array(z.string().refine(isAsset, "is no asset")).min(1).optional(),
  format: z.string().min(1).optional(),
  time_unit: z.enum(["s", "ms", "us", "ns"]).optional(),
  interval: interval.optional(),
  max_rows: z.int().min(1).optional(),
  max_bytes: z
    .union([z.int().min(1), z.string().refine((text) => byteSize(text) !== undefined, sizeExpected)], {
      error: sizeExpected,
    })
    .optional(),
  max_rejected_share: z.number().min(0).max(1).optional(),
  start: z.string().min(1).optional(),
  on_gap: z.enum(["fail", "skip"]).optional(),
  until_now: z.boolean().optional(),
  follow: z.boolean().optional(),
  speed: z
    .union(
      [z.number().positive(), z.string().refine((text) => speedFactor(text) !== undefined, speedExpected)],
      {
        error: speedExpected,
      },
    )
    .optional(),
  brokers: z.array(z.string().min(1)).min(1).optional(),
  topic: z.string().min(1).optional(),
  group: z.boolean().optional(),
  member: z.string().min(1).optional(),
  tls: z.boolean().optional(),
  tls_ca: z.string().min(1).optional(),
  tls_cert: z.string().min(1).optional(),
  tls_key: z.string().min(1).optional(),
  login: z.enum(logins).optional(),
  wait: z.boolean().optional(),
  connect_timeout: interval.optional(),
  metadata_max_age: interval.optional(),
  seed: z.int().min(0).optional(),
  feed: z.enum(["exchange", "advanced"]).optional(),
});

function isAsset(text: string): boolean {
  try {
    AssetPair.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Streams by their names, which are the user's own. */
export const streamsSchema: z.ZodType<Readonly<Record<string, StreamConfig>>> = z
  .custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "expected streams by their names",
  )
  .transform((given, context) => {
    const streams: [string, StreamConfig][] = [];
    for (const [name, entry] of Object.entries(given)) {
      if (takenNames.has(name) || !namePattern.test(name))
        context.addIssue({
          code: "custom",
          path: [name],
          message: takenNames.has(name)
            ? `ffe stream ${name} is a command: give the stream another name`
            : "a stream's name has letters, digits, dots, - and _",
        });
      const parsed = streamSchema.safeParse(entry);
      if (parsed.success) streams.push([name, parsed.data]);
      else
        for (const issue of parsed.error.issues) {
          const path = [name, ...issue.path];
          if (issue.code === "unrecognized_keys")
            for (const key of issue.keys)
              context.addIssue({ code: "custom", path: [...path, key], message: "unknown key" });
          else context.addIssue({ code: "custom", path, message: issue.message });
        }
    }
    return Object.fromEntries(streams);
  });
