import type { EngineSession, TableResolver } from "../engine/engine.ts";
import { mayCutTimes } from "../engine/exact-times.ts";
import type { RowSource } from "../engine/row-source.ts";
import type { CommandContext } from "../read/command-context.ts";

/** Rows on their way into a table. Those of a query come with the session that knows the tables which it names. */
export interface BoundSource extends AsyncDisposable {
  readonly rows: RowSource;
  readonly session: EngineSession | undefined;
}

/**
 * Resolves the tables that a source's query names, until the source is disposed of.
 *
 * @param boundIn the caller's own session, in which the query is bound already.
 */
export async function bindSource(
  context: CommandContext,
  source: RowSource,
  boundIn?: EngineSession,
): Promise<BoundSource> {
  if (!("sql" in source) || boundIn !== undefined)
    return { rows: source, session: boundIn, [Symbol.asyncDispose]: async () => {} };
  const session = await context.engine.openSession();
  const close = async (): Promise<void> => session.close();
  try {
    const { resolveTable } = context;
    const isPlain = resolveTable === undefined && !mayCutTimes(source.sql);
    const sql = isPlain ? source.sql : await session.bind(source.sql, resolveTable ?? noTables);
    return { rows: { sql }, session, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

const noTables: TableResolver = async () => undefined;
