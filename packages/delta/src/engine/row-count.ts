import type { EngineSession } from "./engine.ts";

/** How many rows a FROM item of a session has, with the clauses behind it. */
export async function rowCountOf(session: EngineSession, from: string): Promise<number> {
  for await (const batch of session.query(`SELECT count(*) AS n FROM ${from}`))
    for (const row of batch.toRows()) return Number(row["n"]);
  return 0;
}
