import { LakehouseError } from "finance-feedback-delta/contract";

export type StreamingErrorCode =
  | "INVALID_ARGUMENT"
  /** The source cannot be reached. */
  | "SOURCE_UNREACHABLE"
  /** The source refuses who asks. */
  | "ACCESS_DENIED"
  /** Messages that were to be read next are gone from the source. */
  | "POSITIONS_GONE"
  /** The table is further than the source: the source lost messages. */
  | "POSITION_BEYOND_END"
  /** Another topic has the name now. */
  | "TOPIC_RECREATED"
  /** The table does not stand where this stream left it. */
  | "TABLE_MOVED"
  /** Another process commits for the same partitions. */
  | "OTHER_WRITER"
  /** So many messages were rejected that the producer must be wrong. */
  | "TOO_MANY_REJECTED"
  /** The table may forget how far the stream is. */
  | "UNSAFE_TABLE"
  /** A feed does not take what it is asked for. */
  | "SUBSCRIPTION_REFUSED"
  /** An exchange counts a market's trades anew, so their ids mean other trades. */
  | "IDS_RESET"
  /** A message that the source cannot give. */
  | "UNREADABLE_MESSAGE";

/** Why a stream cannot begin, or cannot go on. What was committed stays, and the next start goes on from there. */
export class StreamingError extends LakehouseError<StreamingErrorCode> {
  override readonly name: string = "StreamingError";
}
