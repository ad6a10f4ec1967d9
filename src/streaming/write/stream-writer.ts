/**
 * Where the rows of a stream go. A writer commits rows and progress in one step, and refuses to where the table does not stand
 * as this stream left it. What is rejected is durable before.
 */
import type { Rejection } from "../formats/decoded.ts";
import type { KnownSource, PartitionMove } from "../progress/stream-progress.ts";
import type { HeldBack, Proof, SourceIdentity } from "../source/message-source.ts";

/** A row, or what became of a message, with the place that it came from. */
interface Placed {
  readonly partition: string;
  readonly after: number;
  /** Names the message to people. */
  readonly label: string;
  readonly receivedMs: number;
  /** When what it tells of happened, where the message says so. */
  readonly eventMs?: number | undefined;
}

export interface PlacedRow<Row> extends Placed {
  readonly row: Row;
}

export interface PlacedRejection extends Placed {
  readonly rejection: Rejection;
}

/** What is committed in one step. */
export interface WriteRequest<Row> {
  readonly rows: readonly PlacedRow<Row>[];
  readonly rejected: readonly PlacedRejection[];
  /** The partitions that it moves. */
  readonly moves: readonly PartitionMove[];
  /** What the source proves once these rows are in: without moves when nothing happened. */
  readonly proofs: readonly Proof[];
  /** What the moves pass over, by the partition. */
  readonly heldBack: readonly (HeldBack & { readonly partition: string })[];
  /** Counts the batches of the stream. */
  readonly epochId: number;
}

export interface WriteOutcome {
  readonly tableVersion: number;
  readonly rowsIngested: number;
  /** Of those, rows that the table had with other values. */
  readonly rowsRevised: number;
  /** The table has them already, the same. */
  readonly rowsUnchanged: number;
  readonly rowsRejected: number;
  /** Bars that became complete with the rows, and are stored; left out where there are none. */
  readonly barsBuilt?: number | undefined;
  readonly warnings: readonly string[];
}

/** How far a stream is, by its tables. */
export interface StreamProgress {
  /** The position to go on from; `undefined` for a partition that was never read. */
  position(partition: string): number | undefined;
  /** All partitions that were read, those of parts that are held back among them. */
  readonly partitions: readonly string[];
  readonly sources: readonly KnownSource[];
}

export interface StreamWriter<Row> {
  /** The tables that it writes, in the order in which it commits to them; progress lies in the last one. */
  readonly tables: readonly string[];
  /**
   * Reads how far the stream is: what the next write is held against.
   *
   * @throws StreamingError `UNSAFE_TABLE`
   */
  readProgress(identity: SourceIdentity): Promise<StreamProgress>;
  /** Commits where reading begins, before the first message is read: new partitions, and those whose next messages are gone. */
  begin(identity: SourceIdentity, moves: readonly PartitionMove[]): Promise<void>;
  /**
   * Without moves it says only what the source proves, and commits nothing of its own.
   *
   * @throws StreamingError `OTHER_WRITER` where the table moved since the progress was read; nothing of the batch is in it then.
   */
  write(identity: SourceIdentity, request: WriteRequest<Row>): Promise<WriteOutcome>;
}
