import assert from "node:assert/strict";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import type { CommandResult } from "../../src/index.ts";
import { changeRowsOf, commitOf } from "./commits.ts";
import { applyStep, bagOf, fromTableRow, partitionKinds, sourceOf, toTableRow } from "./table-model.ts";
import type {
  Condition,
  KindName,
  Merge,
  ModelRow,
  Outcome,
  PartitionKind,
  RowStep,
  Step,
  Upkeep,
} from "./table-model.ts";
import { columns, memoryTable, rejects } from "./tables.ts";

export type FeatureSet =
  | "no features"
  | "deletion vectors"
  | "column mapping by name"
  | "column mapping by id"
  | "change data feed"
  | "vectors, ids, change data"
  | "vectors, names, change data, V2 checkpoints";

/** What a table has on, by the name of a test. */
const features: Readonly<Record<FeatureSet, Readonly<Record<string, string>>>> = {
  "no features": {},
  "deletion vectors": { "delta.enableDeletionVectors": "true" },
  "column mapping by name": { "delta.columnMapping.mode": "name" },
  "column mapping by id": { "delta.columnMapping.mode": "id" },
  "change data feed": { "delta.enableChangeDataFeed": "true" },
  "vectors, ids, change data": {
    "delta.enableDeletionVectors": "true",
    "delta.columnMapping.mode": "id",
    "delta.enableChangeDataFeed": "true",
    "delta.enableInCommitTimestamps": "true",
  },
  "vectors, names, change data, V2 checkpoints": {
    "delta.enableDeletionVectors": "true",
    "delta.columnMapping.mode": "name",
    "delta.enableChangeDataFeed": "true",
    "delta.checkpointPolicy": "v2",
  },
};

/** A table and a model of it that go through the same steps. */
export class ModelledTable {
  table: DeltaTable;
  readonly kind: PartitionKind;
  readonly #hasChangeData: boolean;
  #rows: readonly ModelRow[] = [];
  /** The model's rows at each version, as a bag. */
  readonly #versions = new Map<number, readonly string[]>();
  readonly #rowsAt = new Map<number, readonly ModelRow[]>();

  private constructor(table: DeltaTable, kind: PartitionKind, hasChangeData: boolean) {
    this.table = table;
    this.kind = kind;
    this.#hasChangeData = hasChangeData;
  }

  static async create(t: TestContext, feature: FeatureSet, kindName: KindName): Promise<ModelledTable> {
    const kind = partitionKinds[kindName];
    const properties: Readonly<Record<string, string>> = features[feature];
    const table = await memoryTable(t, {
      schema: columns({ id: "long", v: "long", s: "string", p: kind.type }),
      partitionBy: kind.isPartition ? ["p"] : [],
      properties: { ...properties, "delta.checkpointInterval": "3" },
    });
    return new ModelledTable(table, kind, "delta.enableChangeDataFeed" in properties);
  }

  /** Takes a step on both and compares what they did. */
  async take(step: Step): Promise<void> {
    const { table } = this;
    const before = await table.snapshot();
    this.#versions.set(before.version, bagOf(this.#rows));
    this.#rowsAt.set(before.version, this.#rows);
    if (isUpkeep(step)) return this.#keepUp(step, before.version);
    const outcome = applyStep(this.#rows, step, this.kind);
    if (step.kind === "append") {
      await table.append({ rows: step.rows.map((row) => toTableRow(row, this.kind)) });
      assert.ok(outcome !== undefined);
      this.#rows = outcome.rows;
      return this.#compareRows(undefined);
    }
    if (outcome === undefined) {
      await rejects(this.#run(step), "AMBIGUOUS_MERGE");
      assert.equal((await table.snapshot()).version, before.version);
      return this.#compareRows(undefined);
    }
    const result = await this.#run(step);
    this.#rows = outcome.rows;
    for (const [name, value] of Object.entries(outcome.metrics))
      assert.equal(result.metrics[name] ?? `no ${name}`, value, name);
    assert.equal(result.isCommitted, outcome.changes.length > 0);
    assert.equal(result.version, before.version + (result.isCommitted ? 1 : 0));
    if (result.isCommitted) await this.#compareCommit(result, outcome);
    return this.#compareRows(step.kind === "merge" ? undefined : step.where);
  }

  /** Every version that there was, once more. */
  async compareHistory(): Promise<void> {
    this.#versions.set((await this.table.snapshot()).version, bagOf(this.#rows));
    for (const [version, bag] of this.#versions) {
      const rows = await (await this.table.scan({ version })).rows();
      assert.deepEqual(bagOf(rows.map(fromTableRow)), bag, `version ${version}`);
    }
  }

  async #keepUp(step: Upkeep, newest: number): Promise<void> {
    switch (step.kind) {
      case "optimize": {
        const files = (await this.table.snapshot()).fileCount;
        const { metrics } = await this.table.optimize({ zOrderBy: step.zOrderBy });
        assert.ok((await this.table.snapshot()).fileCount <= files);
        if (metrics["numAddedFiles"] !== undefined) await this.#compareNoChange();
        break;
      }
      case "checkpoint":
        await this.table.checkpoint();
        break;
      case "vacuum":
        await this.table.vacuum({ retentionHours: step.retentionHours, allowShortRetention: true });
        if (step.retentionHours === 0)
          for (const version of this.#versions.keys()) if (version < newest) this.#versions.delete(version);
        break;
      case "restore": {
        const known = [...this.#versions.keys()].toSorted((left, right) => right - left);
        const version = known[step.back % known.length] ?? newest;
        await this.table.restore({ version });
        this.#rows = this.#rowsAt.get(version) ?? [];
        break;
      }
      case "reopen":
        this.table = DeltaTable.at(this.table.store, { engine: this.table.engine });
        break;
    }
    return this.#compareRows(undefined);
  }

  /** Whoever reads the change data feed sees nothing of what only moved rows. */
  async #compareNoChange(): Promise<void> {
    if (!this.#hasChangeData) return;
    const { version } = await this.table.snapshot();
    assert.deepEqual(await (await this.table.changes({ fromVersion: version })).rows(), []);
  }

  async #run(step: Exclude<RowStep, { readonly kind: "append" }>): Promise<CommandResult> {
    if (step.kind === "delete") return this.table.delete(filterOf(step.where));
    if (step.kind === "merge") return runMerge(this.table, step, this.kind);
    const set = sqlOf(step.set, (expression) => expression.sql(""));
    return this.table.update({ set, ...filterOf(step.where) });
  }

  async #compareRows(where: Condition | undefined): Promise<void> {
    const all = await (await this.table.scan()).rows();
    assert.deepEqual(bagOf(all.map(fromTableRow)), bagOf(this.#rows));
    if (where === undefined) return;
    const some = await (await this.table.scan({ where: where.sql("") })).rows();
    const expected = this.#rows.filter((row) => where.holds(row) === true);
    assert.deepEqual(bagOf(some.map(fromTableRow)), bagOf(expected), where.sql(""));
  }

  async #compareCommit(result: CommandResult, outcome: Outcome): Promise<void> {
    const { version, metrics } = result;
    const { info, adds, removes, changeFiles } = await commitOf(this.table.store, version);
    const texts = Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, String(value)]));
    assert.deepEqual(info.operationMetrics, texts);
    const removedPaths = new Set(removes.map((file) => file.path));
    const marked = adds.filter((file) => file.deletionVector !== undefined);
    const written = adds.filter((file) => file.deletionVector === undefined);
    const dropped = removes.filter((file) => !marked.some((add) => add.path === file.path));
    for (const file of marked)
      assert.ok(removedPaths.has(file.path), "a vector on a file that was not there");
    const isMerge = info.operation === "MERGE";
    const name = (part: string): string => (isMerge ? `numTarget${part}` : `num${part}`);
    const filesMetric = (what: string): number | undefined =>
      metrics[isMerge ? `numTargetFiles${what}` : `num${what}Files`];
    const bytesMetric = (what: string): number | undefined =>
      metrics[isMerge ? `numTargetBytes${what}` : `num${what}Bytes`];
    assert.equal(filesMetric("Added"), written.length);
    assert.equal(filesMetric("Removed"), dropped.length);
    assert.equal(bytesMetric("Added"), totalSize(written));
    assert.equal(bytesMetric("Removed"), totalSize(dropped));
    const feedMetric = metrics[isMerge ? "numTargetChangeFilesAdded" : "numAddedChangeFiles"];
    assert.equal(feedMetric, changeFiles.length);
    const hadVector = (files: readonly { readonly path: string }[]): number =>
      removes.filter(
        (file) => file.deletionVector !== undefined && files.some((other) => other.path === file.path),
      ).length;
    assert.equal(metrics[name("DeletionVectorsAdded")], marked.length);
    assert.equal(metrics[name("DeletionVectorsUpdated")], hadVector(marked));
    assert.equal(metrics[name("DeletionVectorsRemoved")], hadVector(removes));
    const recordsWritten = written.reduce((sum, file) => sum + recordsOf(file.stats), 0);
    const came = outcome.changes.filter(
      ({ type }) => type === "insert" || type === "update_postimage",
    ).length;
    const copied = metrics[isMerge ? "numTargetRowsCopied" : "numCopiedRows"] ?? 0;
    assert.equal(recordsWritten, came + copied);
    if (isMerge) assert.equal(metrics["numOutputRows"], recordsWritten);
    if (!this.#hasChangeData) {
      assert.equal(changeFiles.length, 0);
      return;
    }
    await this.#compareChanges(version, outcome);
  }

  async #compareChanges(version: number, outcome: Outcome): Promise<void> {
    const rows = await changeRowsOf(this.table, version);
    const found = rows.map((row) => ({ ...fromTableRow(row), type: String(row["_change_type"]) }));
    assert.deepEqual(
      bagOf(found),
      bagOf(outcome.changes.map(({ row, type }) => ({ ...row, type }))),
      `changes of version ${version}`,
    );
  }
}

/** Without a condition: every row. */
function filterOf(where: Condition | undefined): { readonly where?: string } {
  return where === undefined ? {} : { where: where.sql("") };
}

function isUpkeep(step: Step): step is Upkeep {
  return (
    step.kind === "optimize" ||
    step.kind === "checkpoint" ||
    step.kind === "vacuum" ||
    step.kind === "restore" ||
    step.kind === "reopen"
  );
}

/** The merge of a model on a table. */
async function runMerge(table: DeltaTable, merge: Merge, kind: PartitionKind): Promise<CommandResult> {
  let builder = table.merge({ source: sourceOf(merge, kind), on: merge.on.sql });
  for (const clause of merge.matched) {
    const condition = given(clause.condition?.sql);
    if (clause.kind === "delete") builder = builder.whenMatchedDelete(condition);
    else if (clause.set === "all") builder = builder.whenMatchedUpdateAll(condition);
    else builder = builder.whenMatchedUpdate({ set: sqlOf(clause.set, ({ sql }) => sql), ...condition });
  }
  for (const { values, condition: wanted } of merge.notMatched) {
    const condition = given(wanted?.sql("source."));
    builder =
      values === "all"
        ? builder.whenNotMatchedInsertAll(condition)
        : builder.whenNotMatchedInsert({
            values: sqlOf(values, (expression) => expression.sql("source.")),
            ...condition,
          });
  }
  for (const clause of merge.notMatchedBySource) {
    const condition = given(clause.condition?.sql("target."));
    builder =
      clause.kind === "delete"
        ? builder.whenNotMatchedBySourceDelete(condition)
        : builder.whenNotMatchedBySourceUpdate({
            set: sqlOf(clause.set, (expression) => expression.sql("target.")),
            ...condition,
          });
  }
  return builder.execute();
}

/** A clause for every row leaves its condition out: one that is undefined is refused. */
function given(condition: string | undefined): { readonly condition?: string } {
  return condition === undefined ? {} : { condition };
}

function sqlOf<Assigned>(
  set: Readonly<Record<string, Assigned | undefined>>,
  text: (assigned: Assigned) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(set).flatMap(([name, assigned]) =>
      assigned === undefined ? [] : [[name, text(assigned)]],
    ),
  );
}

/** Rows of a file, by its statistics. */
function recordsOf(stats: string | undefined): number {
  const json: unknown = JSON.parse(stats ?? "{}");
  const records: unknown =
    typeof json === "object" && json !== null && "numRecords" in json ? json.numRecords : undefined;
  assert.ok(typeof records === "number", `no numRecords: ${stats}`);
  return records;
}

function totalSize(files: readonly { readonly size?: number | undefined }[]): number {
  return files.reduce((sum, file) => sum + (file.size ?? 0), 0);
}
