import { quoteName } from "finance-feedback-delta";
import type { StructType } from "finance-feedback-delta";

import { asList, isPlainList, pythonText } from "../project/plain.ts";
import type { ResourceConfig } from "../project/resource-config.ts";
import { columnNamed } from "../relations/columns.ts";
import { TransformError } from "../transform-error.ts";

/** The columns that a snapshot adds, under the names that its config gives them. */
interface SnapshotColumns {
  readonly scdId: string;
  readonly updatedAt: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly isDeleted: string;
}

/** What becomes of a row that its source no longer has. */
type HardDeletes = "ignore" | "invalidate" | "new_record";

/** How a snapshot tells rows and their versions apart; expressions are SQL over the source's rows. */
export interface SnapshotStrategy {
  readonly kind: "timestamp" | "check";
  readonly keys: readonly string[];
  /** When a row got its values; `undefined` for the time of the run. */
  readonly updatedAt: string | undefined;
  /** Columns that are compared, for `check`; `all` for every one. */
  readonly checked: readonly string[] | "all";
  readonly hardDeletes: HardDeletes;
  readonly columns: SnapshotColumns;
  /** What stands in `dbt_valid_to` of current rows instead of null: SQL. */
  readonly validToCurrent: string | undefined;
}

/** @throws TransformError `INVALID_CONFIG` naming what is missing or wrong. */
export function snapshotStrategy(config: ResourceConfig): SnapshotStrategy {
  const kind = config.text("strategy");
  if (kind !== "timestamp" && kind !== "check")
    throw invalid(`a snapshot's strategy is timestamp or check, not ${kind ?? "missing"}`);
  const keys = asList(config.get("unique_key")).map(pythonText);
  if (keys.length === 0) throw invalid("a snapshot needs a unique_key");
  const updatedAt = config.text("updated_at");
  if (kind === "timestamp" && updatedAt === undefined)
    throw invalid("strategy timestamp needs updated_at, the column of times");
  return {
    kind,
    keys,
    updatedAt,
    checked: kind === "check" ? checkedColumns(config) : "all",
    hardDeletes: hardDeletesOf(config),
    columns: columnsOf(config),
    validToCurrent: config.text("dbt_valid_to_current"),
  };
}

function checkedColumns(config: ResourceConfig): readonly string[] | "all" {
  const given = config.get("check_cols");
  if (given === "all") return "all";
  if (isPlainList(given) && given.length > 0) return given.map(pythonText);
  throw invalid('strategy check needs check_cols: a list of columns, or "all"');
}

function hardDeletesOf(config: ResourceConfig): HardDeletes {
  const given = config.text("hard_deletes");
  const legacy = config.flag("invalidate_hard_deletes");
  if (given !== undefined && legacy !== undefined)
    throw invalid("hard_deletes and invalidate_hard_deletes cannot be given together");
  if (given === undefined) return legacy === true ? "invalidate" : "ignore";
  if (given === "ignore" || given === "invalidate" || given === "new_record") return given;
  throw invalid(`hard_deletes is ignore, invalidate or new_record, not ${JSON.stringify(given)}`);
}

function columnsOf(config: ResourceConfig): SnapshotColumns {
  const names = config.map("snapshot_meta_column_names");
  const nameOf = (usual: string): string => pythonText(names.get(usual) ?? usual);
  return {
    scdId: nameOf("dbt_scd_id"),
    updatedAt: nameOf("dbt_updated_at"),
    validFrom: nameOf("dbt_valid_from"),
    validTo: nameOf("dbt_valid_to"),
    isDeleted: nameOf("dbt_is_deleted"),
  };
}

/** SQL that tells one version of a row: the same text for the same key and time, as dbt makes it. */
export function scdId(keys: readonly string[], updatedAt: string): string {
  return `md5(${[...keys, updatedAt].map((part) => `coalesce(cast(${part} AS VARCHAR), '')`).join(" || '|' || ")})`;
}

/** SQL that is true where a row of the source is another version than the current one. */
export function isChanged(
  { kind, checked, columns, updatedAt }: SnapshotStrategy,
  { target, source }: { readonly target: StructType; readonly source: StructType },
): string {
  if (kind === "timestamp")
    return `snapshotted.${quoteName(columns.validFrom)} < source.${timeColumn(updatedAt)}`;
  const names = checked === "all" ? source.fields.map(({ name }) => name) : checked;
  // A column that the snapshot lacks makes every row another one.
  if (names.some((name) => columnNamed(target, name) === undefined)) return "true";
  return `(${names.map((name) => `snapshotted.${quoteName(name)} IS DISTINCT FROM source.${quoteName(name)}`).join(" OR ")})`;
}

function timeColumn(updatedAt: string | undefined): string {
  return updatedAt ?? "NULL";
}

function invalid(message: string): TransformError {
  return new TransformError("INVALID_CONFIG", message);
}
