import type { Trade } from "../../market/trade.ts";
import type { Decode } from "../formats/decoded.ts";
import type { StreamSettings } from "../run/stream-run.ts";
import type { MessageSource } from "../source/message-source.ts";
import { BarsWriter } from "../trade-bars/bars-writer.ts";
import { TradeBars } from "../trade-bars/trade-bars.ts";
import { TradeWriter } from "../write/trade-writer.ts";
import { preparedStream } from "./prepared-stream.ts";
import type { PreparedStream, StreamRequest } from "./prepared-stream.ts";

/** A source whose messages are trades. */
export interface TradeFeed<Value> {
  readonly source: MessageSource<Value>;
  readonly decode: Decode<Value, Trade>;
}

/** A stream of trades into raw_trades, and of the bars that they make into the tables of bars. */
export function tradeStream<Value>(
  { source, decode }: TradeFeed<Value>,
  settings: StreamSettings,
  { job, context }: StreamRequest,
): PreparedStream {
  const { partitionPolicy = "by_timeframe" } = context;
  const trades = new TradeWriter({ ...context, job });
  const writer = new BarsWriter(trades, new TradeBars({ ...context, partitionPolicy, job }));
  return preparedStream({ name: job, source, decode, writer }, settings, context);
}
