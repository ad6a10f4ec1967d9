import type { ColumnSet, RowSource } from "../../src/engine/row-source.ts";
import type { Row } from "../../src/index.ts";

/**
 * A table as a plain list of rows, with what deletes, updates and merges do to it: slow, obvious, and without files.
 * Conditions and values exist twice, as SQL and as a function that knows SQL's logic of three values.
 */

/** A row; `p` is the partition column, as the text of {@link PartitionKind.pool}. */
export interface ModelRow {
  readonly id: bigint | null;
  readonly v: bigint | null;
  readonly s: string | null;
  readonly p: string | null;
}

export type ColumnName = keyof ModelRow;
export type Truth = boolean | null;
export type Value = bigint | string | null;

/** What the column `p` holds. */
export interface PartitionKind {
  readonly type: "string" | "date" | "timestamp" | "integer";
  readonly isPartition: boolean;
  readonly pool: readonly string[];
}

export type KindName = "none" | "string" | "date" | "timestamp" | "integer";

export const partitionKinds: Readonly<Record<KindName, PartitionKind>> = {
  none: { type: "string", isPartition: false, pool: ["", "a", "b\u{1F600}"] },
  string: { type: "string", isPartition: true, pool: ["", "a", "B/c%d=e f", "\u{1F600}\u00e9'"] },
  date: { type: "date", isPartition: true, pool: ["1969-12-31", "2025-06-01", "2025-06-02"] },
  timestamp: {
    type: "timestamp",
    isPartition: true,
    pool: ["1969-12-31T23:59:59.999Z", "2025-06-01T12:00:00.000Z", "2025-06-01T12:00:00.001Z"],
  },
  integer: { type: "integer", isPartition: true, pool: ["-1", "0", "7"] },
};

export interface Condition {
  /** @param qualifier of columns: empty, or such as `target.`. */
  sql(qualifier: string): string;
  holds(row: ModelRow): Truth;
}

export interface Expression {
  sql(qualifier: string): string;
  value(row: ModelRow): Value;
}

export interface PairCondition {
  readonly sql: string;
  holds(target: ModelRow, source: ModelRow): Truth;
}

export interface PairExpression {
  readonly sql: string;
  value(target: ModelRow, source: ModelRow): Value;
}

export type SetOf<Assigned> = Partial<Readonly<Record<ColumnName, Assigned>>>;

export type Matched =
  | { readonly kind: "delete"; readonly condition: PairCondition | undefined }
  | {
      readonly kind: "update";
      readonly set: "all" | SetOf<PairExpression>;
      readonly condition: PairCondition | undefined;
    };
export interface NotMatched {
  readonly values: "all" | SetOf<Expression>;
  readonly condition: Condition | undefined;
}
export type NotMatchedBySource =
  | { readonly kind: "delete"; readonly condition: Condition | undefined }
  | { readonly kind: "update"; readonly set: SetOf<Expression>; readonly condition: Condition | undefined };

export interface Merge {
  readonly source: readonly ModelRow[];
  readonly sourceKind: "rows" | "columns" | "batches" | "sql";
  readonly on: PairCondition;
  readonly matched: readonly Matched[];
  readonly notMatched: readonly NotMatched[];
  readonly notMatchedBySource: readonly NotMatchedBySource[];
}

/** Steps that change no row, but for a restore, which takes all of them back. */
export type Upkeep =
  | { readonly kind: "optimize"; readonly zOrderBy: readonly ColumnName[] | undefined }
  | { readonly kind: "checkpoint" }
  /** With a retention of nothing, older versions can no longer be read. */
  | { readonly kind: "vacuum"; readonly retentionHours: 0 | undefined }
  /** To a version that can be read, counted from the newest. */
  | { readonly kind: "restore"; readonly back: number }
  /** By another handle, which has to read the log. */
  | { readonly kind: "reopen" };

export type Step = RowStep | Upkeep;

export type RowStep =
  | { readonly kind: "append"; readonly rows: readonly ModelRow[] }
  | { readonly kind: "delete"; readonly where: Condition | undefined }
  | { readonly kind: "update"; readonly set: SetOf<Expression>; readonly where: Condition | undefined }
  | ({ readonly kind: "merge" } & Merge);

interface Change {
  readonly type: "insert" | "delete" | "update_preimage" | "update_postimage";
  readonly row: ModelRow;
}

/** What a step makes of the rows, and how the commands count it. */
export interface Outcome {
  readonly rows: readonly ModelRow[];
  readonly changes: readonly Change[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** `undefined` for a merge in which several source rows would change one row. */
export function applyStep(
  rows: readonly ModelRow[],
  step: RowStep,
  kind: PartitionKind,
): Outcome | undefined {
  const stored = (row: ModelRow): ModelRow => storedRow(row, kind);
  switch (step.kind) {
    case "append": {
      const added = step.rows.map(stored);
      return {
        rows: [...rows, ...added],
        changes: added.map((row) => ({ type: "insert", row })),
        metrics: {},
      };
    }
    case "delete": {
      const goes = (row: ModelRow): boolean => step.where === undefined || step.where.holds(row) === true;
      const gone = rows.filter(goes);
      return {
        rows: rows.filter((row) => !goes(row)),
        changes: gone.map((row) => ({ type: "delete", row })),
        metrics: { numDeletedRows: gone.length },
      };
    }
    case "update": {
      const changes: Change[] = [];
      const after = rows.map((row) => {
        if (step.where !== undefined && step.where.holds(row) !== true) return row;
        const updated = stored(withValues(row, step.set, (expression) => expression.value(row)));
        changes.push({ type: "update_preimage", row }, { type: "update_postimage", row: updated });
        return updated;
      });
      return { rows: after, changes, metrics: { numUpdatedRows: changes.length / 2 } };
    }
    case "merge":
      return applyMerge(rows, step, stored);
  }
}

function applyMerge(
  rows: readonly ModelRow[],
  merge: Merge,
  stored: (row: ModelRow) => ModelRow,
): Outcome | undefined {
  const { source, on, matched, notMatched, notMatchedBySource } = merge;
  const [only] = matched;
  const mayRepeat = matched.length === 1 && only?.kind === "delete" && only.condition === undefined;
  const after: ModelRow[] = [];
  const changes: Change[] = [];
  const counts = { updated: 0, deleted: 0, unmatchedUpdated: 0, unmatchedDeleted: 0, inserted: 0 };
  const used = new Set<ModelRow>();
  for (const target of rows) {
    const partners = source.filter((row) => on.holds(target, row) === true);
    for (const partner of partners) used.add(partner);
    const acting = partners.flatMap((partner) => {
      const clause = matched.find(({ condition }) => condition?.holds(target, partner) ?? !condition);
      return clause === undefined ? [] : [{ clause, partner }];
    });
    if (acting.length > 1 && !mayRepeat) return undefined;
    const [act] = acting;
    if (act !== undefined) {
      const { clause, partner } = act;
      if (clause.kind === "delete") {
        counts.deleted += 1;
        changes.push({ type: "delete", row: target });
        continue;
      }
      counts.updated += 1;
      const updated =
        clause.set === "all"
          ? partner
          : withValues(target, clause.set, (expression) => expression.value(target, partner));
      after.push(stored(updated));
      changes.push(
        { type: "update_preimage", row: target },
        { type: "update_postimage", row: stored(updated) },
      );
      continue;
    }
    const clause =
      partners.length > 0
        ? undefined
        : notMatchedBySource.find(({ condition }) => condition?.holds(target) ?? !condition);
    if (clause === undefined) after.push(target);
    else if (clause.kind === "delete") {
      counts.unmatchedDeleted += 1;
      changes.push({ type: "delete", row: target });
    } else {
      counts.unmatchedUpdated += 1;
      const updated = stored(withValues(target, clause.set, (expression) => expression.value(target)));
      after.push(updated);
      changes.push({ type: "update_preimage", row: target }, { type: "update_postimage", row: updated });
    }
  }
  for (const row of source) {
    if (used.has(row)) continue;
    const clause = notMatched.find(({ condition }) => condition?.holds(row) ?? !condition);
    if (clause === undefined) continue;
    counts.inserted += 1;
    const empty: ModelRow = { id: null, v: null, s: null, p: null };
    const inserted = stored(
      clause.values === "all" ? row : withValues(empty, clause.values, (expression) => expression.value(row)),
    );
    after.push(inserted);
    changes.push({ type: "insert", row: inserted });
  }
  return {
    rows: after,
    changes,
    metrics: {
      numSourceRows: source.length,
      numTargetRowsInserted: counts.inserted,
      numTargetRowsUpdated: counts.updated + counts.unmatchedUpdated,
      numTargetRowsDeleted: counts.deleted + counts.unmatchedDeleted,
      numTargetRowsMatchedUpdated: counts.updated,
      numTargetRowsMatchedDeleted: counts.deleted,
      numTargetRowsNotMatchedBySourceUpdated: counts.unmatchedUpdated,
      numTargetRowsNotMatchedBySourceDeleted: counts.unmatchedDeleted,
    },
  };
}

function withValues<Assigned>(
  row: ModelRow,
  set: SetOf<Assigned>,
  valueOf: (assigned: Assigned) => Value,
): ModelRow {
  const value = (name: ColumnName): Value => {
    const assigned = set[name];
    return assigned === undefined ? row[name] : valueOf(assigned);
  };
  const numberOf = (name: "id" | "v"): bigint | null => {
    const given = value(name);
    return typeof given === "string" ? BigInt(given) : given;
  };
  const textOf = (name: "s" | "p"): string | null => {
    const given = value(name);
    return given === null ? null : String(given);
  };
  return { id: numberOf("id"), v: numberOf("v"), s: textOf("s"), p: textOf("p") };
}

/** The protocol has no empty string as a partition value. */
function storedRow(row: ModelRow, kind: PartitionKind): ModelRow {
  return kind.isPartition && row.p === "" ? { ...row, p: null } : row;
}

/** Rows as texts, in an order of their own: equal for equal bags of rows. */
export function bagOf(rows: readonly (ModelRow & { readonly type?: string })[]): string[] {
  return rows
    .map(({ id, v, s, p, type }) =>
      JSON.stringify([id?.toString() ?? null, v?.toString() ?? null, s, p, type]),
    )
    .toSorted();
}

export function fromTableRow(row: Row): ModelRow {
  const { id, v, s, p } = row;
  return {
    id: typeof id === "bigint" ? id : null,
    v: typeof v === "bigint" ? v : null,
    s: typeof s === "string" ? s : null,
    p:
      p instanceof Date ? p.toISOString() : typeof p === "string" || typeof p === "number" ? String(p) : null,
  };
}

export function toTableRow(row: ModelRow, kind: PartitionKind): Row {
  return { ...row, p: kind.type === "integer" && row.p !== null ? Number(row.p) : row.p };
}

/** The rows as a source of the kind that the merge asks for. */
export function sourceOf({ source, sourceKind }: Merge, kind: PartitionKind): RowSource {
  const rows = source.map((row) => toTableRow(row, kind));
  switch (sourceKind) {
    case "rows":
      return { rows };
    case "batches":
      return { batches: rows.map((row) => ({ columns: columnSet([row]) })) };
    case "columns":
      return { columns: columnSet(rows) };
    case "sql": {
      const selects = source.map(
        (row) =>
          `SELECT ${numberSql(row.id)} AS id, ${numberSql(row.v)} AS v, ${textSql(row.s)} AS s, ${partitionSql(row.p, kind)} AS p`,
      );
      const empty: ModelRow = { id: null, v: null, s: null, p: null };
      return {
        sql:
          selects.length > 0
            ? selects.join(" UNION ALL ")
            : `SELECT ${numberSql(empty.id)} AS id, ${numberSql(empty.v)} AS v, ${textSql(empty.s)} AS s, ${partitionSql(empty.p, kind)} AS p WHERE false`,
      };
    }
  }
}

function columnSet(rows: readonly Row[]): ColumnSet {
  const column = (name: ColumnName): readonly unknown[] => rows.map((row) => row[name]);
  return {
    rowCount: rows.length,
    columns: { id: column("id"), v: column("v"), s: column("s"), p: column("p") },
  };
}

const sqlTypes = { string: "VARCHAR", date: "DATE", timestamp: "TIMESTAMPTZ", integer: "INTEGER" } as const;

export function numberSql(value: bigint | null): string {
  return value === null ? "NULL::BIGINT" : `${value}::BIGINT`;
}

export function textSql(value: string | null): string {
  return value === null ? "NULL::VARCHAR" : `'${value.replaceAll("'", "''")}'`;
}

export function partitionSql(value: string | null, { type }: PartitionKind): string {
  return value === null ? `NULL::${sqlTypes[type]}` : `${textSql(value)}::${sqlTypes[type]}`;
}

/** A step as the commands take it, for the message of a failed test. */
export function describeStep(step: Step): string {
  return JSON.stringify(step, (_key, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "object" || value === null || !("sql" in value)) return value;
    return typeof value.sql === "function" ? String(value.sql("")) : value.sql;
  });
}
