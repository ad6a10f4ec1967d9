import { withPredicateErrors } from "../engine/bad-expression.ts";
import { positionColumns } from "../engine/engine.ts";
import type { EngineSession } from "../engine/engine.ts";
import { sessionTables } from "../engine/session-tables.ts";
import type { Operation } from "../log/commit.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { Action, AddFile } from "../protocol/actions.ts";
import type { Predicate } from "../statistics/predicate.ts";
import { assertRowsMayGo } from "./append-only.ts";
import type { CommandContext } from "../read/command-context.ts";
import { metricTexts } from "./command-result.ts";
import type { ChangeOptions, CommandResult } from "./command-result.ts";
import { commitChanges, onNewestSnapshot } from "./commit-changes.ts";
import { assertLoggedRowsOfFiles } from "../read/row-count-checks.ts";
import { relationOf } from "../read/data-files.ts";
import { filesMatching } from "../read/scan.ts";
import { touchedFiles, writeChangedFiles } from "./row-changes.ts";
import { progressActions } from "./progress.ts";
import type { ProgressOptions } from "./progress.ts";
import type { ChangedFiles, RowChanges, TouchedFile } from "./row-changes.ts";
import { StagedFiles } from "./staged-files.ts";

/** What a command that changes rows found out before it writes anything. */
export interface RowWork extends ChosenRows {
  readonly changes: RowChanges;
  /** Whether rows come that were not there before. */
  readonly hasNewRows: boolean;
  /** Rows, by the names of Spark's metrics. */
  readonly rowMetrics: Readonly<Record<string, number>>;
  /** The metrics of the files that it wrote and removed. */
  fileMetrics(changed: ChangedFiles): Readonly<Record<string, number>>;
  readonly operation: Pick<Operation, "name" | "parameters">;
  /** The table as the commit makes it, and what makes it so, where the command changes more than rows. */
  readonly evolution?: { readonly snapshot: Snapshot; readonly actions: readonly Action[] } | undefined;
}

/** The files that a command read, the filter that chose them, and those of them that lose rows. */
export interface ChosenRows {
  readonly files: readonly AddFile[];
  readonly predicate: Predicate | undefined;
  readonly touched: readonly TouchedFile[];
}

/** Which rows of a table a command changes: a SQL expression, and what it says as a filter; all without one. */
export interface RowChoice {
  readonly where: string | undefined;
  readonly predicate: Predicate | undefined;
}

export const positions: string = Object.values(positionColumns).join(", ");

/** The FROM item of the rows that leave their place. */
export const leavingRows: string = `${sessionTables.target} SEMI JOIN ${sessionTables.leaving} USING (${positions})`;

/** Makes the rows that a condition chooses the session's tables `target` and `leaving`; see `sessionTables`. */
export async function chooseRows(
  context: CommandContext,
  session: EngineSession,
  snapshot: Snapshot,
  { where, predicate }: RowChoice,
): Promise<ChosenRows> {
  const files = filesMatching(snapshot, predicate);
  await session.addRelation(sessionTables.target, await relationOf(context.store, snapshot, files), true);
  const filter = where === undefined ? "" : ` WHERE (${await exactFilter(session, where)}\n)`;
  await withPredicateErrors(() =>
    session.store(sessionTables.leaving, `SELECT ${positions} FROM ${sessionTables.target}${filter}`),
  );
  return { files, predicate, touched: await touchedFiles(session, files) };
}

/** A condition over the table's rows that cuts no time; see `EngineSession.exactTimes`. */
export async function exactFilter(session: EngineSession, where: string): Promise<string> {
  return session.exactTimes(where, sessionTables.target, "INVALID_PREDICATE");
}

/** How many rows leave their place. */
export function leavingRowCount({ touched }: ChosenRows): number {
  return touched.reduce((sum, entry) => sum + entry.leavingRows, 0);
}

/** Runs a command that changes rows: finds them, writes the files, commits. After a conflict it runs again. */
export async function changeRows(
  context: CommandContext,
  options: ChangeOptions & ProgressOptions & { readonly canRerun?: boolean | undefined },
  plan: (session: EngineSession, snapshot: Snapshot) => Promise<RowWork>,
): Promise<CommandResult> {
  const attempt = async (snapshot: Snapshot): Promise<CommandResult> => {
    const session = await context.engine.openSession();
    try {
      const startedAt = context.now();
      const work = await plan(session, snapshot);
      await assertLoggedRowsOfFiles(session, sessionTables.target, work.files);
      const scanTimeMs = context.now() - startedAt;
      const { rowMetrics, touched } = work;
      // A dry run says what the real one would.
      if (touched.length > 0) assertRowsMayGo(snapshot);
      const isNothing = touched.length === 0 && !work.hasNewRows && work.evolution === undefined;
      if (options.dryRun === true || isNothing) {
        const metrics = { ...rowMetrics, numTouchedFiles: touched.length, scanTimeMs };
        return { version: snapshot.version, isCommitted: false, metrics };
      }
      await using staged = new StagedFiles(context);
      const written = work.evolution?.snapshot ?? snapshot;
      const changed = await writeChangedFiles(context, session, staged, written, work.changes, touched);
      const executionTimeMs = context.now() - startedAt;
      const metrics = {
        ...rowMetrics,
        ...work.fileMetrics(changed),
        executionTimeMs,
        scanTimeMs,
        rewriteTimeMs: executionTimeMs - scanTimeMs,
      };
      const request = {
        snapshot,
        actions: [
          ...(work.evolution?.actions ?? []),
          ...progressActions(options, context.now()),
          ...changed.actions,
        ],
        operation: { ...work.operation, metrics: metricTexts(metrics) },
        reads: {
          kind: "rows" as const,
          predicate: work.predicate,
          paths: new Set(work.files.map((file) => file.path)),
        },
        userMetadata: options.userMetadata,
      };
      const { snapshot: committed, ...rest } = await commitChanges(context, request, staged);
      return { version: committed.version, isCommitted: true, metrics, ...rest };
    } finally {
      await session.close();
    }
  };
  return onNewestSnapshot(context, attempt, { canRerun: options.canRerun });
}
