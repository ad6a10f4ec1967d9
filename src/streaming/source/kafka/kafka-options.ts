import type { ConnectionOptions, SASLOptions } from "@platformatic/kafka";

import type { Clock } from "../../../seams/clock.ts";
import type { Random } from "../../../seams/random.ts";

export interface KafkaOptions {
  /** `host:port`, some of the cluster's brokers; they name the others. */
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Of the stream: names the group, and the client to the brokers. */
  readonly job: string;
  readonly security?: KafkaSecurity | undefined;
  /** Shares the partitions with other processes; reads all of them when left out. */
  readonly group?: GroupOptions | undefined;
  /** How long the brokers may be out of reach at the start: milliseconds. */
  readonly connectTimeoutMs: number;
  /** Waits for the brokers at the start for as long as it takes. */
  readonly waits: boolean;
  /** How often it looks for new partitions: milliseconds. */
  readonly metadataMaxAgeMs: number;
  /** Batches that nobody can read, as `PARTITION:OFFSET`, which a person decided to leave out. */
  readonly skipBatches: ReadonlySet<string>;
  readonly clock: Clock;
  readonly random: Random;
}

export interface GroupOptions {
  /**
   * Stays the same when the process is started anew: its partitions wait for it as long as its session lasts. A free one of
   * this machine when left out.
   */
  readonly instanceId?: string | undefined;
  /** After so many milliseconds without a sign of it, others get its partitions. */
  readonly sessionTimeoutMs: number;
}

export interface KafkaSecurity {
  /** As Node takes them. */
  readonly tls?: ConnectionOptions["tls"];
  readonly sasl?: SASLOptions | undefined;
}

export const usualKafkaTimes: Pick<KafkaOptions, "connectTimeoutMs" | "metadataMaxAgeMs"> = {
  connectTimeoutMs: 30_000,
  metadataMaxAgeMs: 60_000,
};

/** Of one try to reach a broker. */
const connectMs = 5000;
/** A broker that does not answer in this time has gone. */
const requestMs = 20_000;

/** What all connections to the brokers are made with. */
export function connectionOptions({ security }: KafkaOptions): ConnectionOptions {
  return {
    connectTimeout: connectMs,
    requestTimeout: requestMs,
    ...(security?.tls === undefined ? {} : { tls: security.tls }),
    ...(security?.sasl === undefined ? {} : { sasl: security.sasl }),
  };
}
