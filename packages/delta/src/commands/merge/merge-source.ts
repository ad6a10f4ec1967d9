import type { EngineSession } from "../../engine/engine.ts";
import type { RowSource } from "../../engine/row-source.ts";
import { sessionTables } from "../../engine/session-tables.ts";
import { storedRows } from "../../engine/stored-values.ts";
import type { Snapshot } from "../../log/snapshot.ts";
import { structType } from "../../protocol/schema.ts";
import type { StructType } from "../../protocol/schema.ts";
import type { CommandContext } from "../../read/command-context.ts";
import type { MergeAttempt } from "./merge-attempt.ts";
import type { MergeInput } from "./merge-input.ts";

/** Makes the source the session's table `given`; the columns that it has. */
export async function loadSource(
  context: CommandContext,
  session: EngineSession,
  snapshot: Snapshot,
  { source, sourceSchema }: MergeInput,
): Promise<StructType> {
  const schema = sourceSchema ?? sourceShape(snapshot.schema, source);
  await session.addRows(sessionTables.given, source, schema, context.resolveTable);
  return session.schemaOf(`SELECT * FROM ${sessionTables.given}`);
}

/** Makes the given rows the session's table `source`: each with a number, with the values that would be stored of it. */
export async function numberSource({ session, snapshot, sourceSchema, names }: MergeAttempt): Promise<void> {
  const rows = storedRows(sessionTables.given, sourceSchema.fields, snapshot.partitionColumns);
  await session.store(
    sessionTables.source,
    `SELECT *, row_number() OVER () AS ${names.sourceRow} FROM ${rows}`,
  );
}

/** Rows that are objects or columns may leave out columns of the table; the types are the table's. */
function sourceShape(schema: StructType, source: RowSource): StructType {
  const whole = structType(schema.fields.map((member) => ({ ...member, nullable: true })));
  if ("sql" in source || "batches" in source) return whole;
  const names = "rows" in source ? namesOf(source.rows) : new Set(Object.keys(source.columns.columns));
  const given = new Set([...names].map((name) => name.toLowerCase()));
  // What the table does not have is for the loader to refuse, by name and row.
  const fields = whole.fields.filter((member) => given.has(member.name.toLowerCase()));
  // Without a row, nothing says which columns the source has: it has all of them.
  return given.size > 0 && fields.length === given.size ? structType(fields) : whole;
}

function namesOf(rows: readonly object[]): Set<string> {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return names;
}
