import { nearestName } from "finance-feedback-delta/contract";

import type { Trade } from "../../market/trade.ts";
import type { Decode } from "../formats/decoded.ts";
import { jsonTrade } from "../formats/json-trade.ts";
import type { TradeFields } from "../formats/json-trade.ts";
import { tradeFormats } from "../formats/trade-formats.ts";
import type { StreamSettings } from "../run/stream-run.ts";
import type { MessageSource } from "../source/message-source.ts";
import { StreamingError } from "../streaming-error.ts";
import type { PreparedStream, StreamRequest } from "./prepared-stream.ts";
import type { StreamReading } from "../write/commit-batch.ts";
import type { StreamOptions } from "./stream-options.ts";
import { tradeStream } from "./trade-stream.ts";

/** How messages that are bytes are read, and where their rows go. */
export interface MessageFormat {
  /** When what a message tells of happened: milliseconds since the epoch. */
  readonly timeOf: (value: Uint8Array) => number | undefined;
  /** Of a format of trades: dead letters go through it again. */
  readonly trades?: Decode<Uint8Array | null, Trade> | undefined;
  prepare(source: MessageSource<Uint8Array | null>, settings: StreamSettings): PreparedStream;
}

function tradeFormat(fields: TradeFields, request: StreamRequest): MessageFormat {
  const decode = jsonTrade(fields, { timeUnit: request.options.timeUnit });
  return {
    trades: decode,
    timeOf(value) {
      const decoded = decode({ value, after: 0, label: "", size: 0, receivedMs: 0 });
      return decoded.kind === "row" ? decoded.row.timeUs / 1000 : undefined;
    },
    prepare: (source, settings) => tradeStream({ source, decode }, settings, request),
  };
}

const formatNames: readonly string[] = [...tradeFormats.keys()];

/** How the options have messages read. */
export function readingOf({ format = "ffe.trade", timeUnit = "ms" }: StreamOptions): StreamReading {
  return { format, timeUnit };
}

/** @throws StreamingError `INVALID_ARGUMENT` */
export function formatOf(request: StreamRequest): MessageFormat {
  const { format: name } = readingOf(request.options);
  const fields = tradeFormats.get(name);
  if (fields !== undefined) return tradeFormat(fields, request);
  const nearest = nearestName(name, formatNames);
  throw new StreamingError(
    "INVALID_ARGUMENT",
    `There is no format ${name}. ${nearest === undefined ? `The formats are ${formatNames.join(", ")}` : `Did you mean ${nearest}?`}`,
  );
}
