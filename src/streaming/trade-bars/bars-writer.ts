import type { Trade } from "../../market/trade.ts";
import type { PartitionMove } from "../progress/stream-progress.ts";
import type { SourceIdentity } from "../source/message-source.ts";
import type { StreamProgress, StreamWriter, WriteOutcome, WriteRequest } from "../write/stream-writer.ts";
import type { TradeBars } from "./trade-bars.ts";

/** Commits trades, and then the bars that have become complete with them. */
export class BarsWriter implements StreamWriter<Trade> {
  readonly #trades: StreamWriter<Trade>;
  readonly #bars: TradeBars;
  /** A request whose trades are stored, while its bars are not: it may come again after a failure of the store. */
  #stored: { readonly request: WriteRequest<Trade>; readonly outcome: WriteOutcome } | undefined;

  constructor(trades: StreamWriter<Trade>, bars: TradeBars) {
    this.#trades = trades;
    this.#bars = bars;
  }

  get tables(): readonly string[] {
    return this.#trades.tables;
  }

  async readProgress(identity: SourceIdentity): Promise<StreamProgress> {
    return this.#trades.readProgress(identity);
  }

  async begin(identity: SourceIdentity, moves: readonly PartitionMove[]): Promise<void> {
    await this.#trades.begin(identity, moves);
  }

  async write(identity: SourceIdentity, request: WriteRequest<Trade>): Promise<WriteOutcome> {
    if (this.#stored?.request !== request)
      this.#stored = { request, outcome: await this.#trades.write(identity, request) };
    const { outcome } = this.#stored;
    const { bars, warnings } = await this.#bars.build(request.proofs);
    return {
      ...outcome,
      ...(bars === 0 ? {} : { barsBuilt: bars }),
      warnings: [...outcome.warnings, ...warnings],
    };
  }
}
