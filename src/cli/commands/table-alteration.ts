import { DeltaError, parseSchema } from "finance-feedback-delta";
import type { CommandResult, DeltaTable, StructField } from "finance-feedback-delta";

import { withLakehouse } from "../lakehouse.ts";
import { printResult } from "../output/print-result.ts";
import { whileDoing } from "../watched-run.ts";
import type { ChangingOptions } from "../grammar/options.ts";

/** `ffe table add-columns` */
export async function tableAddColumns(
  name: string,
  columns: readonly string[],
  options: ChangingOptions,
): Promise<number> {
  const fields = columns.map(parseColumn);
  return change(name, "Columns added", options, (table, choice) => table.addColumns(fields, choice));
}

/** `ffe table rename-column` */
export async function tableRenameColumn(
  name: string,
  from: string,
  to: string,
  options: ChangingOptions,
): Promise<number> {
  return change(name, "Column renamed", options, (table, choice) => table.renameColumn(from, to, choice));
}

/** `ffe table drop-columns` */
export async function tableDropColumns(
  name: string,
  columns: readonly string[],
  options: ChangingOptions,
): Promise<number> {
  return change(name, "Columns dropped", options, (table, choice) => table.dropColumns(columns, choice));
}

/** `ffe table set-properties` */
export async function tableSetProperties(
  name: string,
  properties: readonly string[],
  options: ChangingOptions,
): Promise<number> {
  const wanted = Object.fromEntries(properties.map((text) => splitAt(text, "=", "delta.appendOnly=true")));
  return change(name, "Properties set", options, (table, choice) => table.setProperties(wanted, choice));
}

/** `ffe table unset-properties` */
export async function tableUnsetProperties(
  name: string,
  keys: readonly string[],
  options: ChangingOptions,
): Promise<number> {
  return change(name, "Properties unset", options, (table, choice) => table.unsetProperties(keys, choice));
}

/** `ffe table add-constraint` */
export async function tableAddConstraint(
  name: string,
  constraint: string,
  expression: string,
  options: ChangingOptions,
): Promise<number> {
  return change(name, "Constraint added", options, (table, choice) =>
    table.addConstraint(constraint, expression, choice),
  );
}

/** `ffe table drop-constraint` */
export async function tableDropConstraint(
  name: string,
  constraint: string,
  options: ChangingOptions,
): Promise<number> {
  return change(name, "Constraint dropped", options, (table, choice) =>
    table.dropConstraint(constraint, choice),
  );
}

/** `note:string` as a nullable column. */
export function parseColumn(text: string): StructField {
  const [name, type] = splitAt(text, ":", "note:string");
  const fields = [{ name, type, nullable: true, metadata: {} }];
  const [column] = parsedFields(text, JSON.stringify({ type: "struct", fields }));
  if (column === undefined) throw new DeltaError("INVALID_ARGUMENT", `"${text}" is not a column`);
  return column;
}

function parsedFields(text: string, schema: string): readonly StructField[] {
  try {
    return parseSchema(schema).fields;
  } catch (error) {
    if (!(error instanceof DeltaError)) throw error;
    throw new DeltaError("INVALID_ARGUMENT", `"${text}" is not a column with its type: ${error.message}`);
  }
}

async function change(
  name: string,
  done: string,
  options: ChangingOptions,
  run: (table: DeltaTable, choice: { readonly dryRun?: boolean | undefined }) => Promise<CommandResult>,
): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const table = await lake.existingTable(name);
    const result = await whileDoing(`changing ${name}`, options, () =>
      run(table, { dryRun: options.dryRun }),
    );
    await printResult(done, result, options);
    return 0;
  });
}

function splitAt(text: string, separator: string, example: string): [string, string] {
  const at = text.indexOf(separator);
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new DeltaError("INVALID_ARGUMENT", `"${text}" is not of the form ${example}`);
}
