import type { StreamMessage } from "../source/message-source.ts";

/** What a message says. */
export type Decoded<Row> =
  /** `eventMs`: when what it tells of happened, milliseconds since the epoch; latency counts from there. */
  | { readonly kind: "row"; readonly row: Row; readonly eventMs?: number | undefined }
  /** It is none of the rows that the stream stores: a deletion mark, a message about the connection. */
  | { readonly kind: "skipped" }
  | { readonly kind: "rejected"; readonly rejection: Rejection };

/** Why a message gives no row, with what can be told of it. */
export interface Rejection {
  readonly reason: string;
  /** When what it tells of happened: milliseconds since the epoch. */
  readonly timeMs?: number | undefined;
  readonly key?: string | undefined;
  /** Its values by column, as far as they could be told apart. */
  readonly row: Readonly<Record<string, unknown>>;
  /** The message as it came: its text, or its bytes in base64. */
  readonly raw: unknown;
}

/** Reads messages of one format. Pure: the same message says the same. */
export type Decode<Value, Row> = (message: StreamMessage<Value>) => Decoded<Row>;
