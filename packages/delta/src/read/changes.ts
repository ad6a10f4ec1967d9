import { RowIndexSet } from "../deletion-vectors/roaring-bitmap.ts";
import type { Relation, RelationFile } from "../engine/engine.ts";
import { sessionTables } from "../engine/session-tables.ts";
import { quoteName } from "../engine/sql-text.ts";
import { DeltaError } from "../errors.ts";
import { commitTimes } from "../log/history.ts";
import { readCommit } from "../log/commit-file.ts";
import { loadSnapshot } from "../log/snapshot.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { Action, AddFile, Metadata, PartitionValues, RemoveFile } from "../protocol/actions.ts";
import { mappingModeOf } from "../protocol/column-mapping.ts";
import { findField } from "../protocol/schema.ts";
import type { StructType } from "../protocol/schema.ts";
import { changeDataFeed, readProperty } from "../protocol/table-properties.ts";
import { canonicalPath } from "../protocol/paths.ts";
import { collectRows } from "../engine/record-batch.ts";
import type { RecordBatch, Row } from "../engine/record-batch.ts";
import type { CommandContext } from "./command-context.ts";
import { DeletionVectors, relationFiles } from "./data-files.ts";
import type { LoggedFile } from "./data-files.ts";
import { changeColumns, changeTypeColumn } from "../protocol/change-columns.ts";
import { asBadExpression } from "../engine/bad-expression.ts";
import { layoutChange } from "./layout-change.ts";
import { withVersionInErrors } from "./errors-with-version.ts";

/** A range of versions, both ends in it; to the newest when the end is left out. */
export interface ChangesOptions {
  readonly fromVersion: number;
  readonly toVersion: number;
  /** In the order wanted; all, and the three of the change itself, when left out. */
  readonly columns?: readonly string[] | undefined;
  /** A SQL expression over the columns, those of the change too. */
  readonly where?: string | undefined;
  /** A SQL ORDER BY list, such as `_commit_version, id`. */
  readonly orderBy?: string | undefined;
}

/**
 * The rows that versions inserted, updated (before and after) and deleted: in the files that commits wrote for this, and
 * derived from the files that a commit added and removed where it wrote none.
 *
 * Source: PROTOCOL.md, "Change Data Files" and "Reader Requirements for AddCDCFile".
 */
export class Changes {
  readonly #context: CommandContext;
  readonly #snapshot: Snapshot;
  readonly #options: ChangesOptions;

  /** @param snapshot of the last version: its schema is that of the rows. */
  constructor(context: CommandContext, snapshot: Snapshot, options: ChangesOptions) {
    this.#context = context;
    this.#snapshot = snapshot;
    this.#options = options;
  }

  get schema(): StructType {
    return { type: "struct", fields: [...this.#snapshot.schema.fields, ...changeColumns.fields] };
  }

  /**
   * Batches as they come, with memory bounded by a few of them.
   *
   * @throws DeltaError `CHANGE_DATA_NOT_RECORDED` for a version that did not have the change data feed on;
   *   `INVALID_ARGUMENT`, `INVALID_PREDICATE`.
   */
  async *batches(): AsyncGenerator<RecordBatch> {
    const { columns, where, orderBy, fromVersion } = this.#options;
    if (!Number.isSafeInteger(fromVersion) || fromVersion < 0)
      throw new DeltaError("INVALID_ARGUMENT", `fromVersion must be a version from 0 on, not ${fromVersion}`);
    this.#assertKnown(columns ?? []);
    if (where !== undefined) await this.#context.engine.parsePredicate(where);
    if (orderBy !== undefined) await this.#context.engine.assertOrder(orderBy);
    const session = await this.#context.engine.openSession();
    try {
      const { written, derived } = await this.#relations();
      await session.addRelation(sessionTables.writtenChanges, written);
      await session.addRelation(sessionTables.derivedChanges, derived);
      const all = this.schema.fields.map((member) => quoteName(member.name)).join(", ");
      const wanted = columns === undefined ? all : columns.map(quoteName).join(", ");
      const from = `(SELECT ${all} FROM ${sessionTables.writtenChanges} UNION ALL SELECT ${all} FROM ${sessionTables.derivedChanges}) AS changes`;
      const filter =
        where === undefined ? "" : ` WHERE (${await session.exactTimes(where, from, "INVALID_PREDICATE")}\n)`;
      const order = orderBy === undefined ? "" : ` ORDER BY ${orderBy}\n`;
      yield* session.query(`SELECT ${wanted} FROM ${from}${filter}${order}`);
    } catch (error) {
      throw asBadExpression(asLostChanges(error));
    } finally {
      await session.close();
    }
  }

  /** All rows as objects; see `RecordBatch.toRows` for the values. */
  async rows(): Promise<Row[]> {
    return collectRows(this.batches());
  }

  /** What is the same for all rows of a file is given like the values of partition columns. */
  async #relations(): Promise<{ readonly written: Relation; readonly derived: Relation }> {
    const { fromVersion, toVersion } = this.#options;
    const times = await commitTimes(this.#context.store, this.#snapshot, {
      first: fromVersion,
      last: toVersion,
    });
    const files: { readonly written: RelationFile[]; readonly derived: RelationFile[] } = {
      written: [],
      derived: [],
    };
    let { metadata } = await this.#metadataBefore(fromVersion);
    for (let version = fromVersion; version <= toVersion; version += 1) {
      const actions = await readCommit(this.#context.store, version);
      const before = metadata;
      for (const action of actions) if ("metaData" in action) metadata = action.metaData;
      this.#assertSameLayout(before, metadata, version, actions);
      this.#assertRecorded(metadata, version);
      const at: PartitionValues = {
        _commit_version: String(version),
        _commit_timestamp: new Date(times.get(version) ?? 0).toISOString(),
      };
      const changeFiles = actions.flatMap((action) => ("cdc" in action ? [action.cdc] : []));
      await withVersionInErrors(version, async () => {
        if (changeFiles.length > 0) {
          const read = await relationFiles(this.#context.store, changeFiles);
          files.written.push(...read.map((file) => withValues(file, at)));
        } else files.derived.push(...(await this.#derivedFiles(actions, at)));
      });
    }
    const { schema, partitionColumns } = this.#snapshot;
    const columnMapping = mappingModeOf(this.#snapshot.metadata);
    const ofCommit = ["_commit_version", "_commit_timestamp"];
    return {
      written: {
        schema: this.schema,
        columnMapping,
        partitionColumns: [...partitionColumns, ...ofCommit],
        files: files.written,
      },
      derived: {
        schema: { type: "struct", fields: [...schema.fields, ...changeColumns.fields] },
        columnMapping,
        partitionColumns: [...partitionColumns, changeTypeColumn, ...ofCommit],
        files: files.derived,
      },
    };
  }

  /** Rows of a file that appears were inserted, those of one that goes deleted; of one that gets another vector, the difference. */
  async #derivedFiles(actions: readonly Action[], at: PartitionValues): Promise<RelationFile[]> {
    const pathOf = (file: AddFile | RemoveFile): string => canonicalPath(file.path, this.#context.store.uri);
    const added = new Map(
      actions.flatMap((action) =>
        "add" in action && action.add.dataChange ? [[pathOf(action.add), action.add] as const] : [],
      ),
    );
    const removed = new Map(
      actions.flatMap((action) =>
        "remove" in action && action.remove.dataChange
          ? [[pathOf(action.remove), action.remove] as const]
          : [],
      ),
    );
    const files: RelationFile[] = [];
    for (const [path, add] of added) {
      const remove = removed.get(path);
      if (remove === undefined) files.push(...(await this.#wholeFile(add, "insert", at)));
      else files.push(...(await this.#vectorChange(add, remove, at)));
    }
    for (const [path, remove] of removed) {
      if (!added.has(path)) files.push(...(await this.#wholeFile(remove, "delete", at)));
    }
    return files;
  }

  async #wholeFile(
    file: AddFile | RemoveFile,
    changeType: string,
    at: PartitionValues,
  ): Promise<RelationFile[]> {
    const read = await relationFiles(this.#context.store, [asReadable(file)]);
    return read.map((entry) => withValues(entry, { ...at, [changeTypeColumn]: changeType }));
  }

  async #vectorChange(add: AddFile, remove: RemoveFile, at: PartitionValues): Promise<RelationFile[]> {
    const vectors = new DeletionVectors(this.#context.store);
    const rowsOf = async (file: AddFile | RemoveFile): Promise<RowIndexSet> =>
      file.deletionVector === undefined ? RowIndexSet.of([]) : vectors.rows(file.deletionVector, add);
    const before = await rowsOf(remove);
    const after = await rowsOf(add);
    const [read] = await relationFiles(this.#context.store, [
      asReadable({ ...add, deletionVector: undefined }),
    ]);
    if (read === undefined) return [];
    const part = (rows: RowIndexSet, changeType: string): RelationFile[] =>
      rows.cardinality === 0
        ? []
        : [{ ...withValues(read, { ...at, [changeTypeColumn]: changeType }), onlyRows: rows }];
    return [...part(without(after, before), "delete"), ...part(without(before, after), "insert")];
  }

  #assertKnown(columns: readonly string[]): void {
    const unknown = columns.find((name) => findField(this.schema, name) === undefined);
    if (unknown === undefined) return;
    const known = this.schema.fields.map((member) => member.name).join(", ");
    throw new DeltaError("INVALID_ARGUMENT", `There is no column "${unknown}". The columns: ${known}`);
  }

  #assertRecorded(metadata: Metadata, version: number): void {
    if (readProperty(metadata, changeDataFeed)) return;
    throw new DeltaError(
      "CHANGE_DATA_NOT_RECORDED",
      `${this.#snapshot.tableUri}: version ${version} has no change data; set delta.enableChangeDataFeed to true to record it from then on`,
    );
  }

  /** All of the range's files are read as the last version has them. */
  #assertSameLayout(before: Metadata, after: Metadata, version: number, actions: readonly Action[]): void {
    const change = before === after ? undefined : layoutChange(before, after);
    const hasOldFiles = actions.some((action) => "remove" in action && action.remove.dataChange);
    if (change === undefined || (version === this.#options.fromVersion && !hasOldFiles)) return;
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `${this.#snapshot.tableUri}: version ${version} changed ${change}, so a range across it has no common columns. Ask for the changes up to version ${version - 1}, or from version ${version + 1} on.`,
    );
  }

  async #metadataBefore(version: number): Promise<{ readonly metadata: Metadata }> {
    return loadSnapshot(this.#context.store, this.#context.engine, { version: Math.max(0, version - 1) });
  }
}

/** A vacuum is the likely reason, and no repair brings the changes back. */
function asLostChanges(error: unknown): unknown {
  if (!(error instanceof DeltaError) || error.code !== "DATA_FILE_UNREADABLE") return error;
  return new DeltaError(
    "DATA_FILE_UNREADABLE",
    `A file that holds changes is missing or damaged. A vacuum deletes those of versions older than its retention: start from a later version. ${error.message}`,
    { cause: error },
  );
}

function withValues(file: RelationFile, values: PartitionValues): RelationFile {
  return { ...file, partitionValues: { ...file.partitionValues, ...values } };
}

function asReadable(file: AddFile | RemoveFile): LoggedFile {
  const { path, deletionVector, size, partitionValues = {} } = file;
  const stats = "stats" in file ? file.stats : undefined;
  return { path, partitionValues, size, stats, deletionVector };
}

function without(rows: RowIndexSet, others: RowIndexSet): RowIndexSet {
  const left = RowIndexSet.of([]);
  rows.forEach((row) => {
    if (!others.has(row)) left.add(row);
  });
  return left;
}
