/*
 * read: rows, changes and facts of a version. Nothing here writes to a table.
 *
 * It guarantees that a read has all rows of its version or fails: sizes of files and counts of rows are held against the
 * log. A reader takes its files through relationOf or relationFiles (data-files.ts), which check them.
 */
import {
  countFromZero,
  aDate,
  nonEmptyText,
  optionsOf,
  required,
  someNames,
  sqlExpression,
} from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { stopwatch } from "../contract/event-channel.ts";
import type { Engine, NewestRows, Relation } from "../engine/engine.ts";
import { assertOptions } from "../arguments.ts";
import { DeltaError } from "../errors.ts";
import { deltaEvents } from "../events.ts";
import { prunedTable } from "../log/pruned-table.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { AddFile } from "../protocol/actions.ts";
import { findField } from "../protocol/schema.ts";
import { numberSchema } from "../protocol/number-types.ts";
import type { StructType } from "../protocol/schema.ts";
import { collectBatch, collectRows, columnsByName, valueForm } from "../engine/record-batch.ts";
import type { Column, RecordBatch, Row, ValueForm } from "../engine/record-batch.ts";
import { tellingOfRows } from "../engine/telling-of-rows.ts";
import type { RowFacts } from "../engine/telling-of-rows.ts";
import { onlyAbout } from "../statistics/predicate.ts";
import type { Predicate } from "../statistics/predicate.ts";
import { pruneFiles } from "../statistics/pruning.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { countedBatches } from "./row-count-checks.ts";
import { relationOf } from "./data-files.ts";
import { explainedLoss } from "./vacuumed-version.ts";

export interface ScanOptions {
  /** In the order wanted; all when left out. */
  readonly columns?: readonly string[] | undefined;
  /** A SQL expression over the table's columns, such as `asset_pair = 'BTCUSD' AND timestamp >= '2026-01-01'`. */
  readonly where?: string | undefined;
  /** A SQL ORDER BY list, such as `timestamp DESC`. */
  readonly orderBy?: string | undefined;
  readonly limit?: number | undefined;
  /** Of the rows with the same values in some columns, only the newest by another one. */
  readonly newest?: NewestRows | undefined;
}

export const newestRows: OptionTable<NewestRows> = {
  by: required(someNames),
  orderBy: required(nonEmptyText),
  until: aDate,
};

export const scanOptions: OptionTable<ScanOptions> = {
  columns: someNames,
  where: sqlExpression,
  orderBy: sqlExpression,
  limit: countFromZero,
  newest: optionsOf(newestRows),
};

/** What a plan will read and what it leaves out. */
export interface ScanPlan {
  readonly version: number;
  readonly filesTotal: number;
  readonly filesRead: number;
  readonly prunedByPartition: number;
  readonly prunedByStatistics: number;
  /** Bytes of the files to read. */
  readonly bytesRead: number;
}

/** A read that is planned but not run; each of its methods runs it. */
export class Scan<Shape extends object = Row> {
  readonly snapshot: Snapshot;
  readonly #store: ObjectStore;
  readonly #engine: Engine;
  readonly #options: ScanOptions;

  constructor(store: ObjectStore, engine: Engine, snapshot: Snapshot, options: ScanOptions) {
    this.#store = store;
    this.#engine = engine;
    this.snapshot = snapshot;
    this.#options = options;
  }

  /** The columns of the result. */
  get schema(): StructType {
    const { columns } = this.#options;
    if (columns === undefined) return this.snapshot.schema;
    const fields = columns.map((name) => {
      const member = findField(this.snapshot.schema, name);
      if (member !== undefined) return member;
      const known = this.snapshot.schema.fields.map((candidate) => candidate.name).join(", ");
      throw new DeltaError("INVALID_ARGUMENT", `There is no column "${name}". The columns: ${known}`);
    });
    return { type: "struct", fields };
  }

  async explain(): Promise<ScanPlan> {
    return (await this.#plan()).plan;
  }

  /** Batches as they come, with memory bounded by a few of them. */
  async *batches(form: ValueForm = {}): AsyncGenerator<RecordBatch> {
    assertOptions("batches", form, valueForm);
    const { tableUri, version } = this.snapshot;
    try {
      const batches = this.#plannedBatches(form);
      const tell = (facts: () => RowFacts): void =>
        deltaEvents.scan.publish(() => ({ tableUri, version, ...facts() }));
      yield* deltaEvents.scan.hasSubscribers ? tellingOfRows(batches, tell) : batches;
    } catch (error) {
      throw await explainedLoss(this.#store, this.snapshot, error);
    }
  }

  async *#plannedBatches(form: ValueForm): AsyncGenerator<RecordBatch> {
    const { relation, files } = await this.#plan();
    const batches = this.#engine.scan({ relation, ...this.#options, ...form });
    const { where, limit = Infinity, newest } = this.#options;
    const isWhole = where === undefined && newest === undefined && limit === Infinity;
    yield* isWhole ? countedBatches(this.#engine, relation, files, batches) : batches;
  }

  /** All rows as objects; see `RecordBatch.toRows` for the values. */
  async rows(form: ValueForm = {}): Promise<Shape[]> {
    assertOptions("rows", form, valueForm);
    return collectRows<Shape>(this.batches(form));
  }

  /** All rows as one batch of columns. */
  async toBatch(form: ValueForm = {}): Promise<RecordBatch> {
    assertOptions("toBatch", form, valueForm);
    return collectBatch(
      form.decimals === "number" ? numberSchema(this.schema) : this.schema,
      this.batches(form),
    );
  }

  /**
   * All rows as columns by name; see `Column` for the values.
   *
   * @example const { close } = await scan.columns({ decimals: "number" }); // close.values is a Float64Array
   */
  async columns(form: ValueForm = {}): Promise<Readonly<Record<string, Column>>> {
    assertOptions("columns", form, valueForm);
    return columnsByName(await this.toBatch(form));
  }

  async #plan(): Promise<PlannedScan> {
    const { where, orderBy } = this.#options;
    if (orderBy !== undefined) await this.#engine.assertOrder(orderBy);
    const predicate = where === undefined ? undefined : await this.#engine.parsePredicate(where);
    return planScan(this.#store, this.snapshot, predicate, this.#options.newest);
  }
}

interface PlannedScan {
  readonly plan: ScanPlan;
  readonly relation: Relation;
  /** The files of the relation, in its order. */
  readonly files: readonly AddFile[];
}

/** Chooses the files of a snapshot that may hold matching rows and makes them readable for the engine. */
export async function planScan(
  store: ObjectStore,
  snapshot: Snapshot,
  predicate: Predicate | undefined,
  newest?: NewestRows,
): Promise<PlannedScan> {
  const seconds = stopwatch();
  // A filter on anything but the key could leave out a newer row and let an older one through.
  const usable =
    newest === undefined || predicate === undefined ? predicate : onlyAbout(predicate, newest.by);
  const pruned = pruneFiles(snapshot.files, usable, prunedTable(snapshot));
  const relation = await relationOf(store, snapshot, pruned.kept);
  const plan: ScanPlan = {
    version: snapshot.version,
    filesTotal: snapshot.fileCount,
    filesRead: pruned.kept.length,
    prunedByPartition: pruned.prunedByPartition,
    prunedByStatistics: pruned.prunedByStatistics,
    bytesRead: pruned.kept.reduce((total, file) => total + file.size, 0),
  };
  deltaEvents.plan.publish(() => ({ tableUri: snapshot.tableUri, ...plan, durationSeconds: seconds() }));
  return {
    plan,
    relation: newest === undefined ? relation : { ...relation, newest },
    files: pruned.kept,
  };
}

/** The files of a snapshot that may hold rows for which a predicate is true. */
export function filesMatching(snapshot: Snapshot, predicate: Predicate | undefined): readonly AddFile[] {
  return pruneFiles(snapshot.files, predicate, prunedTable(snapshot)).kept;
}
