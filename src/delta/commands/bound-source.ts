import type { EngineSession } from "../engine/engine.ts";
import type { RowSource } from "../engine/row-source.ts";
import type { CommandContext } from "./command-context.ts";

/** Rows on their way into a table. Those of a query come with the session that knows the tables which it names. */
export interface BoundSource {
  readonly rows: RowSource;
  readonly session: EngineSession | undefined;
}

/** Resolves the tables that a source's query names, for as long as something uses it. */
export async function withBoundSource<Result>(
  context: CommandContext,
  source: RowSource,
  use: (source: BoundSource) => Promise<Result>,
): Promise<Result> {
  if (!("sql" in source)) return use({ rows: source, session: undefined });
  const session = await context.engine.openSession();
  try {
    const { resolveTable } = context;
    const sql = resolveTable === undefined ? source.sql : await session.bind(source.sql, resolveTable);
    return await use({ rows: { sql }, session });
  } finally {
    await session.close();
  }
}
