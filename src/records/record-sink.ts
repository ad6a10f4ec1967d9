import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { RejectedRecord } from "../dead-letters/rejected-rows.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { commitRecords } from "./record-commit.ts";
import type { SourcedRecord } from "./record-commit.ts";
import { recordKindNames, recordKinds } from "./record-kinds.ts";
import type { RecordKind } from "./record-kinds.ts";
import { isFailed } from "./record-reading.ts";
import type { FailedRecord, RecordReading } from "./record-reading.ts";

/** What came of the records of one kind. */
export interface KindTotals {
  readonly kind: RecordKind;
  readonly table: string;
  readonly added: number;
  /** In the table already, with the same content. */
  readonly alreadyThere: number;
  /** In the dead letter queue. */
  readonly rejected: number;
  /** After the last commit; `undefined` when nothing was added. */
  readonly tableVersion: number | undefined;
}

export interface SinkTotals {
  readonly kinds: readonly KindTotals[];
  /** Rejected records whose kind could not be told. */
  readonly unknown: number;
  readonly reasons: ReadonlyMap<string, number>;
  readonly deadLetterPaths: readonly string[];
}

export interface SinkContext {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
  readonly ingestionId: string;
  readonly dryRun: boolean;
  /** Who sends the records, for the dead letters. */
  readonly source: string;
}

interface Place {
  readonly source: string;
  readonly line: number | undefined;
  readonly size: number;
}

/** Stands in a dead letter's context for a table that could not be told. */
export const unknownTable = "unknown";

/** How many records, and how much of their text, one commit takes. */
const recordsMax = 5_000;
const bytesMax = 32_000_000;

/** Takes records one by one, and commits them in batches: rejected ones first, then those of each table. */
export class RecordSink {
  readonly #context: SinkContext;
  readonly #passed = new Map<RecordKind, SourcedRecord[]>();
  readonly #failed = new Map<string, RejectedRecord[]>();
  readonly #totals = new Map<
    RecordKind,
    { added: number; alreadyThere: number; rejected: number; version?: number }
  >();
  readonly #reasons = new Map<string, number>();
  readonly #paths = new Set<string>();
  /** In a dry run, what earlier batches would have added. */
  readonly #rehearsed = new Set<string>();
  #unknown = 0;
  #records = 0;
  #bytes = 0;

  constructor(context: SinkContext) {
    this.#context = context;
  }

  async take(reading: RecordReading, place: Place): Promise<void> {
    if (isFailed(reading)) this.#reject(reading, place);
    else {
      const { kind } = reading;
      const records = this.#passed.get(kind) ?? [];
      if (records.length === 0) this.#passed.set(kind, records);
      records.push({ record: reading, source: place.source });
    }
    this.#records += 1;
    this.#bytes += place.size;
    if (this.#records >= recordsMax || this.#bytes >= bytesMax) await this.flush();
  }

  async flush(): Promise<void> {
    const { dryRun, deadLetters, clock } = this.#context;
    if (!dryRun)
      for (const [table, records] of this.#failed) {
        const { paths } = await deadLetters.writeRecords({ table, source: this.#context.source }, records);
        for (const path of paths) this.#paths.add(path);
      }
    for (const [kind, records] of this.#passed) {
      const totals = this.#totalsOf(kind);
      const fresh = dryRun ? this.#rehearse(records) : records;
      totals.alreadyThere += records.length - fresh.length;
      const result = await commitRecords(kind, fresh, { ...this.#context, nowMs: clock.now() });
      totals.added += result.added;
      totals.alreadyThere += result.alreadyThere;
      if (result.tableVersion !== undefined) totals.version = result.tableVersion;
    }
    this.#passed.clear();
    this.#failed.clear();
    this.#records = 0;
    this.#bytes = 0;
  }

  totals(): SinkTotals {
    const kinds = recordKindNames.flatMap((kind): KindTotals[] => {
      const totals = this.#totals.get(kind);
      if (totals === undefined) return [];
      const { added, alreadyThere, rejected, version } = totals;
      return [
        { kind, table: recordKinds[kind].table.name, added, alreadyThere, rejected, tableVersion: version },
      ];
    });
    return { kinds, unknown: this.#unknown, reasons: this.#reasons, deadLetterPaths: [...this.#paths] };
  }

  #reject(failed: FailedRecord, { source, line }: Place): void {
    const { kind, reason, id, timeMs, raw } = failed;
    const table = kind === undefined ? unknownTable : recordKinds[kind].table.name;
    const records = this.#failed.get(table) ?? [];
    if (records.length === 0) this.#failed.set(table, records);
    const position = line === undefined ? undefined : { line };
    records.push({ timeMs, key: id, position, reason, sourceFile: source, row: {}, raw });
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (kind === undefined) this.#unknown += 1;
    else this.#totalsOf(kind).rejected += 1;
  }

  #rehearse(records: readonly SourcedRecord[]): readonly SourcedRecord[] {
    const fresh = records.filter(({ record }) => !this.#rehearsed.has(record.hash));
    for (const { record } of fresh) this.#rehearsed.add(record.hash);
    return fresh;
  }

  #totalsOf(kind: RecordKind): { added: number; alreadyThere: number; rejected: number; version?: number } {
    const known = this.#totals.get(kind);
    if (known !== undefined) return known;
    const made = { added: 0, alreadyThere: 0, rejected: 0 };
    this.#totals.set(kind, made);
    return made;
  }
}
