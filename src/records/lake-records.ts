import { randomUUID } from "node:crypto";
import { either, flag, listOf, nonEmptyText, optionsOf, required } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import { assertArguments } from "../bronze/arguments.ts";
import { DataQualityFramework } from "../data-quality/data-quality-framework.ts";
import { QualityGate } from "../data-quality/quality-gate.ts";
import type { GateResult } from "../data-quality/quality-gate.ts";
import { recordSuite } from "../data-quality/record-suites.ts";
import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import { systemClock } from "../seams/clock.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { recordKinds } from "./record-kinds.ts";
import type { RecordKind } from "./record-kinds.ts";
import { recordJson } from "./record-json.ts";
import { readRecordAs } from "./record-reading.ts";
import { RecordSink } from "./record-sink.ts";
import { decisionOptions, newsOptions, snapshotOptions, tradeOptions } from "./record-types.ts";
import type { DecisionRecord, NewsRecord, PortfolioSnapshotRecord, TradeRecord } from "./record-types.ts";

export interface AppendRecordsOptions {
  /** Where they come from, for `_source_file`; `append` when left out. */
  readonly source?: string | undefined;
  /** Validates the new rows against the suite of their table; yes when left out. */
  readonly validate?: boolean | undefined;
}

/** What came of an append. */
export interface AppendedRecords {
  readonly added: number;
  /** In the table already, with the same content. */
  readonly alreadyThere: number;
  /** In the dead letter queue, with their reasons. */
  readonly rejected: number;
  readonly reasons: ReadonlyMap<string, number>;
  readonly deadLetterPaths: readonly string[];
  /** `undefined` when nothing was added. */
  readonly tableVersion: number | undefined;
  /** The validation of what was added; `undefined` when nothing was, or it was not wanted. */
  readonly gate: GateResult | undefined;
}

export interface LakeRecordsContext {
  readonly lake: DeltaLakeManager;
  /** Where rejected records go. */
  readonly deadLetters: DeadLetterQueue;
  /** The machine's own when left out. */
  readonly clock?: Clock | undefined;
}

/** The records of one kind in a lake. */
export class RecordTable<Input extends object> {
  readonly #kind: RecordKind;
  readonly #members: OptionTable<Input>;
  readonly #context: LakeRecordsContext;

  constructor(kind: RecordKind, members: OptionTable<Input>, context: LakeRecordsContext) {
    this.#kind = kind;
    this.#members = members;
    this.#context = context;
  }

  /**
   * Adds records in one commit, which makes the table when there is none. One that the table has with the same content is not
   * added again, so an append that is repeated after a crash does no harm. A record that its checks reject goes to the dead
   * letter queue; the others come in.
   *
   * @throws IngestionError `INVALID_ARGUMENT` for a record with a misspelt, missing or wrong-typed member: nothing is added then.
   */
  async append(
    records: Input | readonly Input[],
    options: AppendRecordsOptions = {},
  ): Promise<AppendedRecords> {
    const record = optionsOf<Input>(this.#members);
    assertArguments(
      "append",
      { records, options },
      { records: required(either(listOf(record), record)), options: optionsOf(appendOptions) },
    );
    const { lake, deadLetters, clock = systemClock } = this.#context;
    const { source = "append", validate = true } = options;
    const sink = new RecordSink({
      lake,
      deadLetters,
      clock,
      ingestionId: randomUUID(),
      dryRun: false,
      source: "append",
    });
    for (const one of isList(records) ? records : [records]) {
      const text = recordJson(one);
      await sink.take(readRecordAs(this.#kind, text), { source, line: undefined, size: text.length });
    }
    await sink.flush();
    const { kinds, reasons, deadLetterPaths } = sink.totals();
    const { added = 0, alreadyThere = 0, rejected = 0, tableVersion } = kinds[0] ?? {};
    const gate = validate && added > 0 ? await this.#validate() : undefined;
    return { added, alreadyThere, rejected, reasons, deadLetterPaths, tableVersion, gate };
  }

  async #validate(): Promise<GateResult | undefined> {
    const { lake, deadLetters, clock } = this.#context;
    const { name: tableName } = recordKinds[this.#kind].table;
    const suite = recordSuite(tableName);
    if (suite === undefined) return undefined;
    const quality = new DataQualityFramework(lake, { deadLetters, clock });
    return new QualityGate(lake, quality, deadLetters).check({ tableName, suite });
  }
}

/** The records of a lake: `lake.records.decisions.append(…)`. */
export class LakeRecords {
  readonly decisions: RecordTable<DecisionRecord>;
  readonly trades: RecordTable<TradeRecord>;
  readonly portfolioSnapshots: RecordTable<PortfolioSnapshotRecord>;
  readonly news: RecordTable<NewsRecord>;

  constructor(context: LakeRecordsContext) {
    this.decisions = new RecordTable("decision", decisionOptions, context);
    this.trades = new RecordTable("trade", tradeOptions, context);
    this.portfolioSnapshots = new RecordTable("portfolio snapshot", snapshotOptions, context);
    this.news = new RecordTable("news", newsOptions, context);
  }
}

const appendOptions: OptionTable<AppendRecordsOptions> = { source: nonEmptyText, validate: flag };

function isList<Input>(records: Input | readonly Input[]): records is readonly Input[] {
  return Array.isArray(records);
}
