import type { DatabaseSync } from "node:sqlite";

import { OrchestrationError } from "../orchestration-error.ts";

/**
 * One transaction that writes. It asks to write from its beginning: one that reads first and writes later would fail, without a
 * wait, when another process wrote in between.
 *
 * @throws OrchestrationError `STATE_FULL` where the disk has no room; then nothing is written.
 */
export function writing<Result>(database: DatabaseSync, work: () => Result): Result {
  try {
    database.exec("BEGIN IMMEDIATE");
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    const path = database.location() ?? "runs.sqlite";
    if (hasNoRoom(error)) throw fullError(path, error);
    throw isReadOnly(error) ? readOnlyError(path, error) : error;
  }
}

/** The code of SQLite for a full disk. */
const fullCode = 13;

export function hasNoRoom(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === fullCode;
}

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 8;
}

function readOnlyError(path: string, cause: unknown): OrchestrationError {
  return new OrchestrationError(
    "STATE_UNUSABLE",
    `${path}, which keeps the runs of pipelines, cannot be written now`,
    { cause, nextStep: "state.path in the configuration chooses another folder." },
  );
}

export function fullError(path: string, cause: unknown): OrchestrationError {
  return new OrchestrationError(
    "STATE_FULL",
    `${path}, which keeps the runs of pipelines, cannot be written: the disk is full`,
    { cause, nextStep: "Make room on the disk, then run the same command again. What was stored is kept." },
  );
}
