import { changeOptions, DeltaError, quoteName } from "finance-feedback-delta";
import type { ChangeOptions, CommandResult, DeltaTable, Row } from "finance-feedback-delta";
import { anyObject, listOf, nameList, required, someNames } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

export interface UpsertOptions extends ChangeOptions {
  /** Columns that a row lacks are null when it is inserted, and stay as they are when it updates. */
  readonly rows: readonly Row[];
  /** The columns that tell rows apart. Null equals nothing: a row with a null key is inserted. */
  readonly mergeKeys: readonly string[];
  /** The columns that a row sets where its keys are there already; all that the rows have but the keys when left out. */
  readonly updateColumns?: readonly string[] | undefined;
}

export const upsertOptions: OptionTable<UpsertOptions> = {
  rows: required(listOf(anyObject)),
  mergeKeys: required(someNames),
  updateColumns: nameList,
  ...changeOptions,
};

/** Updates the rows of a table that have the same keys, and inserts the others. */
export async function upsertRows(table: DeltaTable, options: UpsertOptions): Promise<CommandResult> {
  const { rows, mergeKeys, dryRun, userMetadata } = options;
  const given = columnsOf(rows);
  const missing = [...mergeKeys, ...(options.updateColumns ?? [])].filter((name) => !has(given, name));
  if (rows.length > 0 && missing.length > 0)
    throw new DeltaError("SCHEMA_MISMATCH", `The rows have no column ${missing.join(", ")}`);
  assertDistinct(rows, mergeKeys);
  const updated = options.updateColumns ?? given.filter((name) => !has(mergeKeys, name));
  const merge = table
    .merge({
      source: { rows },
      on: mergeKeys.map((name) => `target.${quoteName(name)} = source.${quoteName(name)}`).join(" AND "),
    })
    .whenNotMatchedInsert({ values: assignments(rows.length === 0 ? mergeKeys : given) });
  // With nothing to update, rows that are there already stay as they are.
  const complete = updated.length === 0 ? merge : merge.whenMatchedUpdate({ set: assignments(updated) });
  return complete.execute({ dryRun, userMetadata });
}

function columnsOf(rows: readonly Row[]): readonly string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return [...names];
}

function has(names: readonly string[], wanted: string): boolean {
  return names.some((name) => name.toLowerCase() === wanted.toLowerCase());
}

/** Two new rows of one key would both be inserted: which of them counts is not said. */
function assertDistinct(rows: readonly Row[], keys: readonly string[]): void {
  const wanted = keys.map((key) => key.toLowerCase());
  const seen = new Set<string>();
  for (const row of rows) {
    const entries = new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
    const values = wanted.map((name) => entries.get(name) ?? null);
    if (values.includes(null)) continue;
    const key = JSON.stringify(values, (_name, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    if (seen.has(key))
      throw new DeltaError(
        "AMBIGUOUS_MERGE",
        `Two of the rows have the keys (${keys.join(", ")}) = ${key}, so which one counts is not said. Nothing was changed.`,
      );
    seen.add(key);
  }
}

function assignments(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `source.${quoteName(name)}`]));
}
