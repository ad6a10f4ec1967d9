import type { Trade } from "../../market/trade.ts";
import type { Decode } from "../formats/decoded.ts";
import type { StreamSettings } from "../run/stream-run.ts";
import type { MessageSource } from "../source/message-source.ts";
import { TradeWriter } from "../write/trade-writer.ts";
import { preparedStream } from "./prepared-stream.ts";
import type { PreparedStream, StreamRequest } from "./prepared-stream.ts";

/** A source whose messages are trades. */
export interface TradeFeed<Value> {
  readonly source: MessageSource<Value>;
  readonly decode: Decode<Value, Trade>;
}

/** A stream of trades into raw_trades. */
export function tradeStream<Value>(
  { source, decode }: TradeFeed<Value>,
  settings: StreamSettings,
  { job, context }: StreamRequest,
): PreparedStream {
  const writer = new TradeWriter({ ...context, job });
  return preparedStream({ name: job, source, decode, writer }, settings, context);
}
