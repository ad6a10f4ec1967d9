import type { EngineSession } from "../../engine/engine.ts";
import type { RowSource } from "../../engine/row-source.ts";
import { freeName, quoteName, sqlType } from "../../engine/sql-text.ts";
import { storedRows } from "../../engine/stored-values.ts";
import { DeltaError } from "../../errors.ts";
import type { Snapshot } from "../../log/snapshot.ts";
import { findField, structType } from "../../protocol/schema.ts";
import type { StructType } from "../../protocol/schema.ts";
import type { Predicate } from "../../statistics/predicate.ts";
import type { CommandContext } from "../../read/command-context.ts";
import type { ChangeOptions, CommandResult } from "../../write/command-result.ts";
import { relationOf } from "../../read/data-files.ts";
import { totalSize } from "../../statistics/file-metrics.ts";
import { assignedValue } from "../../write/assigned-value.ts";
import { assertClauses, expressionsOf } from "./merge-clauses.ts";
import type { Assignments, MergeClauses } from "./merge-clauses.ts";
import { assertMembersKept } from "../../write/kept-members.ts";
import { mergePruning } from "./merge-pruning.ts";
import { canReadAgain } from "../overwrite.ts";
import { columnList, targetTable, touchedFiles } from "../../write/row-changes.ts";
import type { ChangedFiles } from "../../write/row-changes.ts";
import { evaluating } from "../../engine/bad-expression.ts";
import { changeRows, positions } from "../../write/rewrite.ts";
import type { RowWork } from "../../write/rewrite.ts";
import { rowRulesOf } from "../../write/constraints.ts";
import { filesMatching } from "../../read/scan.ts";
import { assignments } from "../update.ts";

/** What is merged, and when rows belong together. */
export interface MergeInput {
  /** Rows or a query; rows must be of the target's columns, in any number of them, or of `sourceSchema`. */
  readonly source: RowSource;
  readonly sourceSchema?: StructType | undefined;
  /** When a row of the source and one of the target belong together: SQL over both, by their aliases. */
  readonly on: string;
  /** What expressions call the target; `target` when left out. */
  readonly targetAlias?: string | undefined;
  /** What expressions call the source; `source` when left out. */
  readonly sourceAlias?: string | undefined;
}

export interface MergeOptions extends MergeInput, MergeClauses, ChangeOptions {}

const sourceTable = "source_rows";

/** Merges rows into a table; see `DeltaTable.merge`. */
export async function mergeRows(context: CommandContext, options: MergeOptions): Promise<CommandResult> {
  assertClauses(options);
  for (const expression of [options.on, ...expressionsOf(options)])
    await context.engine.parsePredicate(expression);
  const target = targetAliasOf(options);
  const source = sourceAliasOf(options);
  if (target.toLowerCase() === source.toLowerCase())
    throw new DeltaError("INVALID_ARGUMENT", `Target and source are both called "${target}"`);
  const canRerun = canReadAgain(options.source);
  return changeRows(context, { ...options, canRerun }, async (session, snapshot) => {
    const sourceSchema = await loadSource(context, session, snapshot, options);
    return new MergePlan(context, session, snapshot, options, sourceSchema).run();
  });
}

/** What one clause makes of rows. */
interface Arm {
  /** Expressions by column. */
  readonly values: ReadonlyMap<string, string>;
  /** The alias of the rows whose other values stay. */
  readonly kept: string | undefined;
  readonly kind: "matched" | "unmatched" | "inserted";
  readonly from: string;
}

/** One attempt at a merge, on one snapshot. */
class MergePlan {
  readonly #context: CommandContext;
  readonly #session: EngineSession;
  readonly #snapshot: Snapshot;
  readonly #options: MergeOptions;
  readonly #sourceSchema: StructType;
  readonly #target: string;
  readonly #source: string;
  readonly #generated: ReadonlySet<string>;
  /** The number of a source's row, the clause that it falls under and what becomes of it: columns of no name that is taken. */
  readonly #sourceRow: string;
  readonly #clause: string;
  readonly #kind: string;

  constructor(
    context: CommandContext,
    session: EngineSession,
    snapshot: Snapshot,
    options: MergeOptions,
    sourceSchema: StructType,
  ) {
    this.#context = context;
    this.#session = session;
    this.#snapshot = snapshot;
    this.#options = options;
    this.#sourceSchema = sourceSchema;
    this.#target = quoteName(targetAliasOf(options));
    this.#source = quoteName(sourceAliasOf(options));
    const { generated } = rowRulesOf(snapshot.metadata, snapshot.schema);
    this.#generated = new Set(generated.map((rule) => rule.column));
    const schemas = [snapshot.schema, sourceSchema];
    this.#sourceRow = freeName("__source_row", schemas);
    this.#clause = freeName("__clause", schemas);
    this.#kind = freeName("__kind", schemas);
  }

  async run(): Promise<RowWork> {
    await this.#numberSource();
    const predicate = await this.#pruning();
    const files = filesMatching(this.#snapshot, predicate);
    const relation = await relationOf(this.#context.store, this.#snapshot, files);
    await this.#session.addRelation(targetTable, relation, true);
    await evaluating(() => this.#match());
    await this.#assertUnambiguous();
    await this.#session.store("leaving_rows", this.#leavingSql());
    const arms = this.#arms();
    for (const { values, from } of arms)
      await evaluating(() => assertMembersKept(this.#session, this.#snapshot.schema, values, from));
    await evaluating(() => this.#session.store("coming_rows", this.#comingSql(arms)));
    const touched = await touchedFiles(this.#session, files, "leaving_rows");
    const rowMetrics = await this.#rowMetrics();
    const all = columnList(this.#snapshot.schema);
    return {
      snapshot: this.#snapshot,
      files,
      predicate,
      touched,
      hasNewRows: (rowMetrics["numTargetRowsInserted"] ?? 0) > 0,
      changes: {
        files,
        leaving: "leaving_rows",
        coming: `SELECT ${all} FROM coming_rows`,
        changes: this.#changesSql(all),
      },
      rowMetrics,
      fileMetrics: (changed) => fileMetrics(changed, rowMetrics),
      operation: { name: "MERGE", parameters: this.#parameters() },
    };
  }

  /** The source, each row with a number of its own, with the values that would be stored of it. */
  async #numberSource(): Promise<void> {
    const { partitionColumns } = this.#snapshot;
    const rows = storedRows("given_rows", this.#sourceSchema.fields, partitionColumns);
    await this.#session.store(
      sourceTable,
      `SELECT *, row_number() OVER () AS ${this.#sourceRow} FROM ${rows}`,
    );
  }

  /** Rows of the target that no source row can match need not be read, unless a clause wants just those. */
  async #pruning(): Promise<Predicate | undefined> {
    if ((this.#options.whenNotMatchedBySource ?? []).length > 0) return undefined;
    return mergePruning({
      engine: this.#context.engine,
      session: this.#session,
      on: this.#options.on,
      sourceTable,
      sourceSchema: this.#sourceSchema,
      target: targetAliasOf(this.#options),
      source: sourceAliasOf(this.#options),
      targetSchema: this.#snapshot.schema,
    });
  }

  async #match(): Promise<void> {
    const { whenMatched = [], whenNotMatchedBySource = [], whenNotMatched = [], on } = this.#options;
    const t = this.#target;
    const joined = `${targetTable} AS ${t} JOIN ${sourceTable} AS ${this.#source} ON (${on}\n)`;
    await this.#session.store(
      "matches",
      `SELECT ${positions}, ${this.#source}.${this.#sourceRow}, ${clauseCase(whenMatched)} AS ${this.#clause} FROM ${joined}`,
    );
    const unmatched =
      whenNotMatchedBySource.length === 0
        ? `SELECT ${positions}, NULL::INTEGER AS ${this.#clause} FROM matches WHERE false`
        : `SELECT ${positions}, ${clauseCase(whenNotMatchedBySource)} AS ${this.#clause} FROM ${targetTable} AS ${t} ANTI JOIN matches USING (${positions})`;
    await this.#session.store(
      "unmatched_target",
      `SELECT * FROM (${unmatched}) WHERE ${this.#clause} IS NOT NULL`,
    );
    const inserts =
      whenNotMatched.length === 0
        ? `SELECT *, NULL::INTEGER AS ${this.#clause} FROM ${sourceTable} WHERE false`
        : `SELECT *, ${clauseCase(whenNotMatched)} AS ${this.#clause} FROM ${sourceTable} AS ${this.#source} ANTI JOIN matches USING (${this.#sourceRow})`;
    await this.#session.store(
      "unmatched_source",
      `SELECT * FROM (${inserts}) WHERE ${this.#clause} IS NOT NULL`,
    );
  }

  /** The result must not depend on which of several rows came last; where all of them only delete, it does not. */
  async #assertUnambiguous(): Promise<void> {
    const clauses = this.#options.whenMatched ?? [];
    const [only] = clauses;
    if (clauses.length === 1 && only !== undefined && "delete" in only && only.condition === undefined)
      return;
    const sql = `SELECT count(*) AS rows FROM (SELECT 1 FROM matches WHERE ${this.#clause} IS NOT NULL GROUP BY ${positions} HAVING count(*) > 1)`;
    const rows = await this.#count(sql);
    if (rows === 0) return;
    throw new DeltaError(
      "AMBIGUOUS_MERGE",
      `${this.#snapshot.tableUri}: ${rows} rows of the target match several rows of the source (ON ${this.#options.on}), so which one counts is not said. Nothing was changed; make the source's keys unique.`,
    );
  }

  #leavingSql(): string {
    return (
      `SELECT DISTINCT ${positions} FROM matches WHERE ${this.#clause} IS NOT NULL UNION ALL ` +
      `SELECT ${positions} FROM unmatched_target`
    );
  }

  /** What the clauses make of rows: values, and the rows that they are computed from. */
  #arms(): readonly Arm[] {
    const { whenMatched = [], whenNotMatched = [], whenNotMatchedBySource = [] } = this.#options;
    const t = this.#target;
    const s = this.#source;
    return [
      ...whenMatched.flatMap((clause, index): Arm[] =>
        "update" in clause
          ? [
              {
                values: this.#valuesOf(clause.update, this.#sourceSchema),
                kept: t,
                kind: "matched",
                from:
                  `${targetTable} AS ${t} JOIN (SELECT * FROM matches WHERE ${this.#clause} = ${index}) AS __matched USING (${positions}) ` +
                  `JOIN ${sourceTable} AS ${s} ON ${s}.${this.#sourceRow} = __matched.${this.#sourceRow}`,
              },
            ]
          : [],
      ),
      ...whenNotMatchedBySource.flatMap((clause, index): Arm[] =>
        "update" in clause
          ? [
              {
                values: this.#valuesOf(clause.update, undefined),
                kept: t,
                kind: "unmatched",
                from: `${targetTable} AS ${t} SEMI JOIN (SELECT * FROM unmatched_target WHERE ${this.#clause} = ${index}) AS __unmatched USING (${positions})`,
              },
            ]
          : [],
      ),
      ...whenNotMatched.map((clause, index): Arm => ({
        values: this.#valuesOf(clause.insert, this.#sourceSchema),
        kept: undefined,
        kind: "inserted",
        from: `unmatched_source AS ${s} WHERE ${this.#clause} = ${index}`,
      })),
    ];
  }

  /** Updated and inserted rows, with what happened to them. */
  #comingSql(arms: readonly Arm[]): string {
    const { schema } = this.#snapshot;
    if (arms.length === 0)
      return `SELECT ${columnList(schema)}, '' AS ${this.#kind} FROM ${targetTable} WHERE false`;
    const selects = arms.map(
      (arm) => `SELECT ${this.#valuesSql(arm)}, '${arm.kind}' AS ${this.#kind} FROM ${arm.from}`,
    );
    const columns = schema.fields.map((member, index) => `${valueName(index)} AS ${quoteName(member.name)}`);
    return `SELECT ${columns.join(", ")}, ${this.#kind} FROM (${selects.join(" UNION ALL ")})`;
  }

  /**
   * The SELECT list of a clause: what it sets, else the target's own value, or null for a new row. Under names of its
   * own, for the engine lets an expression name the columns of its SELECT list where the tables have none of that name.
   */
  #valuesSql({ values, kept: target }: Arm): string {
    return this.#snapshot.schema.fields
      .map((member, index) => {
        const value = values.get(member.name);
        const kept =
          target === undefined || this.#generated.has(member.name)
            ? `NULL::${sqlType(member.type)}`
            : `${target}.${quoteName(member.name)}`;
        return `${value === undefined ? kept : assignedValue(value, member)} AS ${valueName(index)}`;
      })
      .join(", ");
  }

  #valuesOf(values: "all" | Assignments, sourceSchema: StructType | undefined): ReadonlyMap<string, string> {
    return assignments(this.#snapshot.schema, values === "all" ? this.#allOf(sourceSchema) : values);
  }

  #allOf(sourceSchema: StructType | undefined): Assignments {
    const set: [string, string][] = [];
    for (const member of this.#snapshot.schema.fields) {
      const given = sourceSchema === undefined ? undefined : findField(sourceSchema, member.name);
      if (given !== undefined) set.push([member.name, `${this.#source}.${quoteName(given.name)}`]);
      else if (!this.#generated.has(member.name)) {
        throw new DeltaError(
          "SCHEMA_MISMATCH",
          `The source has no column "${member.name}", which setting all columns of the table needs`,
        );
      }
    }
    return Object.fromEntries(set);
  }

  #changesSql(all: string): string {
    const t = this.#target;
    const { whenMatched = [], whenNotMatchedBySource = [] } = this.#options;
    const fates =
      `SELECT DISTINCT ${positions}, ${this.#clause} IN (${deletingClauses(whenMatched)}) AS is_deleted FROM matches WHERE ${this.#clause} IS NOT NULL UNION ALL ` +
      `SELECT ${positions}, ${this.#clause} IN (${deletingClauses(whenNotMatchedBySource)}) FROM unmatched_target`;
    return (
      `SELECT ${columnList(this.#snapshot.schema, t)}, CASE WHEN __fates.is_deleted THEN 'delete' ELSE 'update_preimage' END AS _change_type ` +
      `FROM ${targetTable} AS ${t} JOIN (${fates}) AS __fates USING (${positions}) UNION ALL ` +
      `SELECT ${all}, CASE WHEN ${this.#kind} = 'inserted' THEN 'insert' ELSE 'update_postimage' END AS _change_type FROM coming_rows`
    );
  }

  async #rowMetrics(): Promise<Readonly<Record<string, number>>> {
    const [source, matched, unmatched, inserted, leavingMatched, leavingUnmatched] = [
      await this.#count(`SELECT count(*) AS rows FROM ${sourceTable}`),
      await this.#count(`SELECT count(*) AS rows FROM coming_rows WHERE ${this.#kind} = 'matched'`),
      await this.#count(`SELECT count(*) AS rows FROM coming_rows WHERE ${this.#kind} = 'unmatched'`),
      await this.#count(`SELECT count(*) AS rows FROM coming_rows WHERE ${this.#kind} = 'inserted'`),
      await this.#count(
        `SELECT count(*) AS rows FROM (SELECT DISTINCT ${positions} FROM matches WHERE ${this.#clause} IS NOT NULL)`,
      ),
      await this.#count(`SELECT count(*) AS rows FROM unmatched_target`),
    ];
    return {
      numSourceRows: source,
      numTargetRowsInserted: inserted,
      numTargetRowsUpdated: matched + unmatched,
      numTargetRowsDeleted: leavingMatched + leavingUnmatched - matched - unmatched,
      numTargetRowsMatchedUpdated: matched,
      numTargetRowsMatchedDeleted: leavingMatched - matched,
      numTargetRowsNotMatchedBySourceUpdated: unmatched,
      numTargetRowsNotMatchedBySourceDeleted: leavingUnmatched - unmatched,
    };
  }

  async #count(sql: string): Promise<number> {
    for await (const batch of this.#session.query(sql)) {
      for (const row of batch.toRows()) return Number(row["rows"]);
    }
    return 0;
  }

  #parameters(): Readonly<Record<string, string>> {
    return {
      predicate: JSON.stringify([this.#options.on]),
      matchedPredicates: clauseTexts(this.#options.whenMatched),
      notMatchedPredicates: clauseTexts(this.#options.whenNotMatched),
      notMatchedBySourcePredicates: clauseTexts(this.#options.whenNotMatchedBySource),
    };
  }
}

function targetAliasOf(options: MergeInput): string {
  return options.targetAlias ?? "target";
}

function sourceAliasOf(options: MergeInput): string {
  return options.sourceAlias ?? "source";
}

/** Makes the source the session's table `given_rows`; what columns it has. */
async function loadSource(
  context: CommandContext,
  session: EngineSession,
  snapshot: Snapshot,
  { source, sourceSchema }: MergeOptions,
): Promise<StructType> {
  const schema = sourceSchema ?? sourceShape(snapshot.schema, source);
  await session.addRows("given_rows", source, schema, context.resolveTable);
  return session.schemaOf("SELECT * FROM given_rows");
}

function valueName(index: number): string {
  return `__value_${index}`;
}

/** Rows that are objects or columns may leave out columns of the table; the types are the table's. */
function sourceShape(schema: StructType, source: RowSource): StructType {
  const whole = structType(schema.fields.map((member) => ({ ...member, nullable: true })));
  if ("sql" in source || "batches" in source) return whole;
  const names = "rows" in source ? namesOf(source.rows) : new Set(Object.keys(source.columns.columns));
  const given = new Set([...names].map((name) => name.toLowerCase()));
  // What the table does not have is for the loader to refuse, by name and row.
  const fields = whole.fields.filter((member) => given.has(member.name.toLowerCase()));
  // Without a row there is none to say which columns the source has: all of them.
  return given.size > 0 && fields.length === given.size ? structType(fields) : whole;
}

function namesOf(rows: readonly object[]): Set<string> {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return names;
}

/** Indexes of the clauses that delete; never an empty list. */
function deletingClauses(clauses: readonly object[]): string {
  return [-1, ...clauses.flatMap((clause, index) => ("delete" in clause ? [index] : []))].join(", ");
}

/** Clauses as Spark's history has them. */
function clauseTexts(clauses: readonly { readonly condition?: string | undefined }[] = []): string {
  return JSON.stringify(
    clauses.map((clause) => ({
      ...(clause.condition === undefined ? {} : { predicate: clause.condition }),
      actionType: "delete" in clause ? "delete" : "insert" in clause ? "insert" : "update",
    })),
  );
}

function clauseCase(clauses: readonly { readonly condition?: string | undefined }[]): string {
  if (clauses.length === 0) return "NULL::INTEGER";
  const branches = clauses.map(
    (clause, index) =>
      `WHEN ${clause.condition === undefined ? "true" : `(${clause.condition}\n)`} THEN ${index}`,
  );
  return `(CASE ${branches.join(" ")} END)::INTEGER`;
}

function fileMetrics(
  changed: ChangedFiles,
  rows: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const { vectorsAdded } = changed;
  const written = changed.added.slice(vectorsAdded);
  const { numTargetRowsInserted = 0, numTargetRowsUpdated = 0 } = rows;
  return {
    numTargetRowsCopied: changed.copiedRows,
    numOutputRows: changed.copiedRows + numTargetRowsInserted + numTargetRowsUpdated,
    numTargetFilesAdded: written.length,
    numTargetFilesRemoved: changed.removed.length - vectorsAdded,
    numTargetBytesAdded: totalSize(written),
    numTargetBytesRemoved: totalSize(changed.removed) - totalSize(changed.added.slice(0, vectorsAdded)),
    numTargetChangeFilesAdded: changed.changeFiles,
    numTargetDeletionVectorsAdded: vectorsAdded,
    numTargetDeletionVectorsUpdated: changed.vectorsUpdated,
    numTargetDeletionVectorsRemoved: changed.vectorsRemoved,
  };
}
