import { stopwatch, withJson } from "finance-feedback-delta/contract";

import { pipelineEvents } from "../events/pipeline-events.ts";
import { expectationsFailed, sourceOf } from "./dead-letter.ts";
import type { DeadLetterFile } from "./dead-letter.ts";
import { DeadLetterQueueError } from "./dead-letter-queue-error.ts";

/** What became of the records of a file. */
export interface ReplayResult {
  readonly file: DeadLetterFile;
  /** The table that the rows belong into; `undefined` of evidence against a table that no replayer knows. */
  readonly table: string | undefined;
  /** Moved into the table. */
  readonly replayed: number;
  /** In the table already, with the same values: gone from the queue. */
  readonly alreadyStored: number;
  /** Still in the queue. */
  readonly stillRejected: number;
  /** Why, and how many. */
  readonly reasons: ReadonlyMap<string, number>;
  /** What whoever mended the file should know. */
  readonly notes?: readonly string[] | undefined;
}

/**
 * What takes back the rows of some files: it sends them through the checks of their table again. Those that pass move
 * into the table exactly once, whatever kills it in between.
 */
export interface Replayer {
  /** The table that a file's rows belong into; `undefined` of files that are not its own. */
  tableFor(file: DeadLetterFile): string | undefined;
  /** `undefined` of a file that is not its own. */
  replay(file: DeadLetterFile): Promise<ReplayResult> | undefined;
}

/**
 * Replays a file by the first replayer that takes it. Evidence of expectations that failed stays: its rows are in a table
 * already.
 *
 * @throws DeadLetterQueueError `NO_REPLAYER` for rows that nothing takes back; they stay in the queue.
 */
export async function replayFile(
  file: DeadLetterFile,
  replayers: readonly Replayer[],
  { dryRun }: { readonly dryRun: boolean },
): Promise<ReplayResult> {
  if (file.letter.error === expectationsFailed) return staying(file, replayers);
  const seconds = stopwatch();
  const { name, letter } = file;
  const facts = { file: name, source: sourceOf(letter.context) };
  try {
    const result = await byFirst(file, replayers);
    const { table, replayed, alreadyStored, stillRejected } = result;
    if (!dryRun)
      pipelineEvents.deadLetterReplay.publish(() => ({
        ...facts,
        table,
        rowsReplayed: replayed,
        rowsStored: alreadyStored,
        rowsRejected: stillRejected,
        durationSeconds: seconds(),
      }));
    return result;
  } catch (error) {
    if (!dryRun)
      pipelineEvents.deadLetterReplay.publish(() => ({
        ...facts,
        rowsReplayed: 0,
        rowsStored: 0,
        rowsRejected: letter.records.length,
        durationSeconds: seconds(),
        error,
      }));
    throw error;
  }
}

async function byFirst(file: DeadLetterFile, replayers: readonly Replayer[]): Promise<ReplayResult> {
  for (const replayer of replayers) {
    const result = replayer.replay(file);
    if (result !== undefined) return result;
  }
  throw new DeadLetterQueueError(
    "NO_REPLAYER",
    `${file.path} cannot be replayed: rows of ${sourceOf(file.letter.context)} have no way back into a table. They stay in the queue.`,
    { nextStep: "Name the files that are to be replayed: ffe dlq list shows them all." },
  );
}

function staying(file: DeadLetterFile, replayers: readonly Replayer[]): ReplayResult {
  const { records } = file.letter;
  const table = replayers.map((replayer) => replayer.tableFor(file)).find((name) => name !== undefined);
  return withJson({
    file,
    table,
    replayed: 0,
    alreadyStored: 0,
    stillRejected: records.length,
    reasons: countReasons(records),
  });
}

/** Why rows were rejected, and how many. */
export function countReasons(records: readonly { readonly reason: string }[]): ReadonlyMap<string, number> {
  return new Map(
    [...Map.groupBy(records, ({ reason }) => reason)].map(([reason, some]) => [reason, some.length]),
  );
}
