import type { Snapshot } from "finance-feedback-delta";

import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import type { Trade } from "../../market/trade.ts";
import type { Clock } from "../../seams/clock.ts";
import { rawTrades } from "../../tables/streams.ts";
import { provenTransactions } from "../progress/proven-trades.ts";
import { ProofList } from "../progress/proof-list.ts";
import { knownSources, storedPartitions, storedPosition } from "../progress/stream-progress.ts";
import type { PartitionMove } from "../progress/stream-progress.ts";
import type { SourceIdentity } from "../source/message-source.ts";
import { assertKeepsPositions, commitBatch } from "./commit-batch.ts";
import type { BatchCommit, StreamTarget } from "./commit-batch.ts";
import { StoredTrades } from "./stored-trades.ts";
import type { StreamProgress, StreamWriter, WriteOutcome, WriteRequest } from "./stream-writer.ts";
import { tradeColumns } from "./trade-columns.ts";
import { writeRejected } from "./write-rejected.ts";

export interface TradeWriterOptions extends StreamTarget {
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
}

const nothingWritten = {
  rowsIngested: 0,
  rowsRevised: 0,
  rowsUnchanged: 0,
  rowsRejected: 0,
  warnings: [],
} as const;

/** Commits trades to `raw_trades`. A trade that comes again is left out; with other values it is a revision. */
export class TradeWriter implements StreamWriter<Trade> {
  readonly tables: readonly string[] = [rawTrades.name];
  readonly #options: TradeWriterOptions;
  readonly #stored: StoredTrades;
  #seen: Snapshot | undefined;
  /** What was proven since the last commit. */
  readonly #uncommitted = new ProofList();

  constructor(options: TradeWriterOptions) {
    this.#options = options;
    this.#stored = new StoredTrades(options.lake);
  }

  async readProgress(identity: SourceIdentity): Promise<StreamProgress> {
    const { job } = this.#options;
    const seen = await this.#read();
    assertKeepsPositions(rawTrades.name, seen);
    return {
      position: (partition) => storedPosition(seen, job, identity, partition),
      partitions: storedPartitions(seen, job, identity),
      sources: knownSources(seen, job),
    };
  }

  async begin(identity: SourceIdentity, moves: readonly PartitionMove[]): Promise<void> {
    await this.#commit(identity, { moves, epochId: 0 }, []);
  }

  async write(identity: SourceIdentity, request: WriteRequest<Trade>): Promise<WriteOutcome> {
    const { rows, rejected, moves } = request;
    for (const proof of request.proofs) this.#uncommitted.add(proof);
    if (moves.length === 0) return { ...nothingWritten, tableVersion: this.#seen?.version ?? 0 };
    await writeRejected(rejected, rawTrades.name, identity, this.#options);
    const { fresh, revised } = await this.#stored.compare(rows, this.#seen);
    const { version, isRepeated, warning } = await this.#commit(identity, request, fresh);
    if (!isRepeated) this.#stored.added(fresh, version);
    return {
      tableVersion: version,
      rowsIngested: fresh.length,
      rowsRevised: revised,
      rowsUnchanged: rows.length - fresh.length,
      rowsRejected: rejected.length,
      warnings: warning === undefined ? [] : [warning],
    };
  }

  async #commit(
    identity: SourceIdentity,
    { moves, epochId }: Pick<WriteRequest<Trade>, "moves" | "epochId">,
    fresh: WriteRequest<Trade>["rows"],
  ): Promise<BatchCommit> {
    const { clock, ingestionId } = this.#options;
    const nowMs = clock.now();
    const columns = tradeColumns(fresh, {
      extractedAtMs: nowMs,
      ingestionId,
      sourceFileOf: (partition) => `stream:${identity.topic}/${partition}`,
    });
    const rows = fresh.length === 0 ? { rows: [] } : { columns };
    const transactions = provenTransactions(this.#seen, this.#options.job, this.#uncommitted.all);
    const batch = { tableName: rawTrades.name, rows, moves, epochId, nowMs, transactions };
    const committed = await commitBatch(batch, this.#seen, identity, this.#options);
    this.#uncommitted.clear();
    await this.#read();
    return committed;
  }

  async #read(): Promise<Snapshot | undefined> {
    const table = this.#options.lake.table(rawTrades.name);
    this.#seen = (await table.exists()) ? await table.snapshot() : undefined;
    return this.#seen;
  }
}
