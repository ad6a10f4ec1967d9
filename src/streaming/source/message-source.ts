/**
 * Where messages come from, behind one interface: a broker's topic, an exchange's feed, a file. A source has partitions; in
 * each, messages have an order and positions that only grow. What all sources guarantee, and one suite of tests holds them to:
 * - From a position on, the same messages come again: a stream that was killed reads on from what its table holds.
 * - Within a partition no message is left out and none comes twice in one reading.
 * - A source keeps no progress of its own. It may be told of it, for others to see.
 */

import type { AssetPair } from "../../market/asset-pair.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { StreamingError } from "../streaming-error.ts";

/** What positions are counted in. Two sources with one `topicId` have the same messages at the same positions. */
export interface SourceIdentity {
  /** `kafka`, `coinbase`, `demo`, `file`. */
  readonly kind: string;
  /** What users call it. */
  readonly topic: string;
  readonly clusterId: string;
  /** A topic that was deleted and made anew has another one. */
  readonly topicId: string;
}

export interface StreamMessage<Value> {
  readonly value: Value;
  /** The position of its partition when it has been taken: of Kafka its offset and one, of trades their id. */
  readonly after: number;
  /** Names it to people: of Kafka its offset. */
  readonly label: string;
  /** Bytes that it takes, for limits. */
  readonly size: number;
  /** When the broker took it, or it arrived here: milliseconds since the epoch. */
  readonly receivedMs: number;
  readonly key?: Uint8Array | undefined;
  readonly headers?: ReadonlyMap<string, string> | undefined;
}

/** Messages of one partition, in their order. */
export interface MessageChunk<Value> {
  readonly partition: string;
  readonly messages: readonly StreamMessage<Value>[];
  /** The position behind them, and behind what has no message: holes of compacted topics, marks of transactions. */
  readonly after: number;
  /** What the source can prove once this chunk is taken. */
  readonly proof?: Proof | undefined;
  /** Positions that this chunk passes over, and that come later as a partition of their own: see `HeldBack`. */
  readonly heldBack?: HeldBack | undefined;
  /** Why the partition cannot be read on, while the others can. Nothing more comes of it. */
  readonly stopped?: StreamingError | undefined;
}

/**
 * That nothing is missing: every trade of a market that happened in a range has been given, in this chunk or before. What is
 * held back is in no range until it was given. Ranges of one market join where nothing is missing between them.
 */
export interface Proof {
  readonly provider: string;
  readonly assetPair: AssetPair;
  /** Of a market that is made up. */
  readonly isMock?: boolean | undefined;
  readonly range: TimeRange;
}

/**
 * Positions of a partition that would take long to fetch, so the partition goes on behind them. They come as the partition
 * `heldBackPartition` of this source, which has a position of its own, from the first to the last of them.
 */
export interface HeldBack {
  /** The position that the partition was at. */
  readonly from: number;
  /** The position behind the last of them: it goes on from there. */
  readonly to: number;
  /** When they happened. */
  readonly range: TimeRange;
}

export function heldBackPartition(partition: string, { from, to }: Pick<HeldBack, "from" | "to">): string {
  return `${partition}~${from}-${to}`;
}

/** Of which partition, and which positions, a partition is the held back part; `undefined` of a usual one. */
export function readHeldBack(
  name: string,
): { readonly partition: string; readonly from: number; readonly to: number } | undefined {
  const [, partition, from, to] = /^(.+)~(\d+)-(\d+)$/.exec(name) ?? [];
  return partition === undefined ? undefined : { partition, from: Number(from), to: Number(to) };
}

/** The positions between which a partition can be read now. */
export interface PartitionBounds {
  /** The least position from which reading can go on. */
  readonly first: number;
  /** The position behind the last message that may be read. */
  readonly end: number;
  /** The source may tell of an end that was passed already, so a stream that is behind it lost nothing. */
  readonly endMayLag?: boolean | undefined;
}

/** Where a stream begins that has not begun before. */
export type StartChoice =
  | { readonly kind: "earliest" }
  | { readonly kind: "latest" }
  /** Milliseconds since the epoch. */
  | { readonly kind: "timestamp"; readonly fromMs: number }
  | { readonly kind: "positions"; readonly positions: ReadonlyMap<string, number> };

/** Partitions that this reader has until it is told otherwise. */
export interface Assignment<Value> {
  readonly partitions: readonly string[];
  /** All partitions of the topic, where other readers have the rest. */
  readonly topicPartitions?: readonly string[] | undefined;
  /**
   * Messages from positions on, of all partitions of the assignment. Ends when the assignment does, or the signal is aborted.
   * Nothing is fetched ahead without bound: who does not ask for the next chunk stops the reading. Where parts of a partition
   * are held back, `from` has their partitions as well.
   */
  read(from: ReadonlyMap<string, number>, signal: AbortSignal): AsyncIterable<MessageChunk<Value>>;
}

export interface MessageSource<Value> extends AsyncDisposable {
  /** Other processes read partitions of the same stream, and partitions change hands. */
  readonly isShared?: boolean | undefined;
  /**
   * @param tell takes what is odd and needs nobody at once, a line each.
   * @throws StreamingError `SOURCE_UNREACHABLE` or `ACCESS_DENIED`
   */
  open(tell?: (message: string) => void): Promise<SourceIdentity>;
  /** One assignment after the other, each when the one before has ended. Ends when the source does. */
  assignments(signal: AbortSignal): AsyncIterable<Assignment<Value>>;
  bounds(partitions: readonly string[]): Promise<ReadonlyMap<string, PartitionBounds>>;
  /** The positions that a choice stands for now. */
  resolve(start: StartChoice, partitions: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Says how far a stream is, for tools that watch the source. A failure changes nothing. */
  acknowledge(positions: ReadonlyMap<string, number>): Promise<void>;
}
