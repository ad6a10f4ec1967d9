import {
  countFromOne,
  flag,
  listOf,
  nonEmptyText,
  oneOf,
  positiveNumber,
  required,
  share,
  wholeNumber,
} from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import { assetPairKind } from "../../market/asset-argument.ts";
import type { AssetPair } from "../../market/asset-pair.ts";
import { timeUnits } from "../formats/time-unit.ts";
import type { TimeUnit } from "../formats/time-unit.ts";
import { usualSettings } from "../run/stream-run.ts";
import type { StreamSettings } from "../run/stream-run.ts";
import { kafkaLogins } from "../source/kafka/login/kafka-logins.ts";
import type { KafkaLogin } from "../source/kafka/login/kafka-logins.ts";
import { readStart } from "./start-choice.ts";

/** What a stream reads, and how. An option that its source does not know is refused. */
export interface StreamOptions {
  /** `demo`, or `file:trades.ndjson`. */
  readonly source: string;
  /** Names its progress in the tables: the source, and its topic where it has one, when left out. */
  readonly name?: string | undefined;
  /** Which markets; of sources that are asked for them. */
  readonly assets?: readonly (string | AssetPair)[] | undefined;
  /** What a message is; of sources whose messages are bytes. `ffe.trade` when left out. */
  readonly format?: string | undefined;
  /** How times that are numbers count; of sources whose messages are bytes. Milliseconds when left out. */
  readonly timeUnit?: TimeUnit | undefined;
  /** From the first message of a batch to its commit: 5000 when left out. */
  readonly intervalMs?: number | undefined;
  /** Messages of a batch at most: 50,000 when left out. */
  readonly maxRows?: number | undefined;
  /** Bytes of a batch at most: 64 MiB when left out. */
  readonly maxBytes?: number | undefined;
  /** The share of a batch that may be rejected before the stream stops: 0.5 when left out. */
  readonly maxRejectedShare?: number | undefined;
  /**
   * Where a stream begins that has not run before: `earliest`, `latest`, an instant, or `offsets=0:1200,1:1300`. Demo and
   * exchanges begin at the latest when left out, and others at the earliest.
   */
  readonly start?: string | undefined;
  /** What to do where the next messages are gone from the source: `fail` when left out. */
  readonly onGap?: "fail" | "skip" | undefined;
  /** Reads a topic that was deleted and made anew from its beginning. */
  readonly acceptNewTopic?: boolean | undefined;
  /** Ends at the messages that are there when it starts. */
  readonly untilNow?: boolean | undefined;
  /** Of a file: waits for more lines at its end. */
  readonly follow?: boolean | undefined;
  /** Of a file: its messages come as far apart as they did, so many times faster. */
  readonly speed?: number | undefined;
  /** Of Kafka: `host:port` of some of its brokers. */
  readonly brokers?: readonly string[] | undefined;
  /** Of Kafka. */
  readonly topic?: string | undefined;
  /** Of Kafka: shares the partitions with other processes of the same stream. */
  readonly group?: boolean | undefined;
  /** Of Kafka: names this process in the group, the same each time it is started. A free name of this machine when left out. */
  readonly member?: string | undefined;
  /** Of Kafka: encrypts the connection. The files below do so as well. */
  readonly tls?: boolean | undefined;
  /** Of Kafka: a PEM file of the authority that signed the brokers' certificates; those of Node when left out. */
  readonly tlsCa?: string | undefined;
  /** Of Kafka: a PEM file of this client's certificate. */
  readonly tlsCert?: string | undefined;
  /** Of Kafka: a PEM file of its key. */
  readonly tlsKey?: string | undefined;
  /** Of Kafka: how to log in. Names and secrets come from the environment, such as KAFKA_USERNAME and KAFKA_PASSWORD. */
  readonly login?: KafkaLogin | undefined;
  /** Of Kafka: waits at the start for brokers and topic as long as it takes. */
  readonly wait?: boolean | undefined;
  /** Of Kafka: how long its brokers may be out of reach at the start; 30,000 when left out. */
  readonly connectTimeoutMs?: number | undefined;
  /** Of Kafka: how often new partitions are looked for; 60,000 when left out. */
  readonly metadataMaxAgeMs?: number | undefined;
  /** Of Kafka: damaged batches that are left out for good, as `PARTITION:OFFSET`. */
  readonly skipBatch?: readonly string[] | undefined;
  /** Of the demo: another seed makes other markets. 42 when left out. */
  readonly seed?: number | undefined;
  /** Of Coinbase: which of its feeds, which have the same trades. `exchange` when left out. */
  readonly feed?: "exchange" | "advanced" | undefined;
}

export const streamOptions: OptionTable<StreamOptions> = {
  source: required(nonEmptyText),
  name: nonEmptyText,
  assets: listOf(assetPairKind, 1),
  format: nonEmptyText,
  timeUnit: oneOf(...timeUnits),
  intervalMs: positiveNumber,
  maxRows: countFromOne,
  maxBytes: countFromOne,
  maxRejectedShare: share,
  start: nonEmptyText,
  onGap: oneOf("fail", "skip"),
  acceptNewTopic: flag,
  untilNow: flag,
  follow: flag,
  speed: positiveNumber,
  seed: wholeNumber,
  feed: oneOf("exchange", "advanced"),
  brokers: listOf(nonEmptyText, 1),
  topic: nonEmptyText,
  group: flag,
  member: nonEmptyText,
  tls: flag,
  tlsCa: nonEmptyText,
  tlsCert: nonEmptyText,
  tlsKey: nonEmptyText,
  login: oneOf(...kafkaLogins),
  wait: flag,
  connectTimeoutMs: positiveNumber,
  metadataMaxAgeMs: positiveNumber,
  skipBatch: listOf(nonEmptyText),
};

/** The options that every source has. */
export const commonStreamOptions: ReadonlySet<keyof StreamOptions> = new Set([
  "source",
  "name",
  "intervalMs",
  "maxRows",
  "maxBytes",
  "maxRejectedShare",
  "start",
  "onGap",
  "acceptNewTopic",
  "untilNow",
]);

/**
 * The settings of a run.
 *
 * @throws StreamingError `INVALID_ARGUMENT` of a start that is not understood.
 */
export function settingsOf(options: StreamOptions, usualStart: "earliest" | "latest"): StreamSettings {
  const { intervalMs, maxRows, maxBytes, maxRejectedShare, onGap, acceptNewTopic, untilNow } = options;
  return {
    ...usualSettings,
    start: readStart(options.start ?? usualStart),
    intervalMs: intervalMs ?? usualSettings.intervalMs,
    maxRows: maxRows ?? usualSettings.maxRows,
    maxBytes: maxBytes ?? usualSettings.maxBytes,
    maxRejectedShare: maxRejectedShare ?? usualSettings.maxRejectedShare,
    onGap: onGap ?? usualSettings.onGap,
    acceptsNewTopic: acceptNewTopic ?? false,
    untilNow: untilNow ?? false,
  };
}
