import type { DatabaseSync } from "node:sqlite";

/**
 * One transaction that writes. It asks to write from its beginning: one that reads first and writes later would fail, without a
 * wait, when another process wrote in between.
 */
export function writing<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
